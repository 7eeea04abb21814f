//! The README's commands run as they are written.

use crate::support::folder;
use std::path::Path;
use std::process::Command;

/// Lines of shell blocks that call the program.
fn commands() -> Vec<String> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let blocks = readme.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks
        .flat_map(str::lines)
        .map(|line| line.split(" #").next().unwrap_or("").trim().to_owned())
        .filter(|line| line.starts_with("rewash ") || line.contains("| rewash "))
        .collect()
}

#[test]
fn every_command_of_the_readme_runs() {
    let commands = commands();
    assert!(commands.len() >= 4, "{commands:?}");
    let folder = folder();
    let program = assert_cmd::cargo::cargo_bin("rewash");
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    // The README's reader stands in the project.
    std::os::unix::fs::symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("data"), folder.path().join("data")).unwrap();
    for command in commands {
        // The README's sizes are for people; a test needs fewer rows.
        let small = command.replace("1000000", "2000").replace("50000", "200");
        let output =
            Command::new("sh").args(["-c", &small]).current_dir(folder.path()).env("PATH", &path).output().unwrap();
        assert!(output.status.success(), "{small}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}
