use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::{OutputFile, OutputFolder, Outputs, Wanted, map_file, readable_by_others, spool};
use crate::error::ErrorKind;

#[test]
fn a_folder_appears_whole_and_private() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("out");
    let folder = OutputFolder::create(&target).unwrap();
    folder.file("a.csv").unwrap().write_all(b"x").unwrap();
    fs::write(folder.path().join("by-path"), b"y").unwrap();
    fs::create_dir(folder.path().join("deep")).unwrap();
    fs::write(folder.path().join("deep/z"), b"z").unwrap();
    assert!(!target.exists());
    assert_eq!(fs::metadata(folder.path()).unwrap().mode() & 0o777, 0o700);
    folder.commit().unwrap();
    for name in ["a.csv", "by-path", "deep/z"] {
        assert_eq!(fs::metadata(target.join(name)).unwrap().mode() & 0o777, 0o600, "{name}");
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
}

#[test]
fn a_folder_that_is_not_committed_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let folder = OutputFolder::create(&home.path().join("out")).unwrap();
    folder.file("a").unwrap();
    drop(folder);
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}

#[test]
fn what_exists_is_not_touched() {
    let home = tempfile::tempdir().unwrap();
    let full = home.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("keep"), b"1").unwrap();
    let refused = OutputFolder::create(&full).unwrap_err();
    assert_eq!((refused.kind(), refused.what()), (ErrorKind::Output, "exists already"));
    assert!(refused.hint_text().is_some());
    let empty = home.path().join("empty");
    fs::create_dir(&empty).unwrap();
    OutputFolder::create(&empty).unwrap().commit().unwrap();
    let link = home.path().join("link");
    std::os::unix::fs::symlink(&empty, &link).unwrap();
    assert!(OutputFolder::create(&link).is_err());
    assert_eq!(OutputFolder::create(&home.path().join("no/where")).unwrap_err().kind(), ErrorKind::Output);
}

#[test]
fn a_target_taken_during_the_run_is_not_replaced() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("out");
    let folder = OutputFolder::create(&target).unwrap();
    fs::create_dir(&target).unwrap();
    fs::write(target.join("other"), b"1").unwrap();
    assert_eq!(folder.commit().unwrap_err().what(), "exists already");
    assert_eq!(fs::read(target.join("other")).unwrap(), b"1");
    let file = home.path().join("file");
    let output = OutputFile::create(&file).unwrap();
    fs::write(&file, b"theirs").unwrap();
    assert_eq!(output.commit().unwrap_err().what(), "exists already");
    assert_eq!(fs::read(&file).unwrap(), b"theirs");
}

#[test]
fn siblings_of_dead_runs_are_removed_and_those_of_living_ones_kept() {
    let home = tempfile::tempdir().unwrap();
    let dead = home.path().join(".out.tmp-4294967290");
    let alive = home.path().join(".out.tmp-1");
    let other = home.path().join(".out.tmp-note");
    for path in [&dead, &alive, &other] {
        fs::create_dir(path).unwrap();
        fs::write(path.join("x"), b"x").unwrap();
    }
    let first = OutputFolder::create(&home.path().join("out")).unwrap();
    let second = OutputFolder::create(&home.path().join("out")).unwrap();
    assert_ne!(first.path(), second.path());
    assert_eq!([dead.exists(), alive.exists(), other.exists()], [false, true, true]);
}

#[test]
fn names_of_output_files_are_plain() {
    let home = tempfile::tempdir().unwrap();
    let folder = OutputFolder::create(&home.path().join("out")).unwrap();
    for name in ["", ".", "..", "../x", "a/b"] {
        assert!(folder.file(name).is_err(), "{name}");
    }
    folder.file("once").unwrap();
    assert!(folder.file("once").is_err());
}

#[test]
fn one_file_is_written_whole() {
    let home = tempfile::tempdir().unwrap();
    let target = home.path().join("pairs.csv");
    let mut output = OutputFile::create(&target).unwrap();
    output.file().write_all(b"new").unwrap();
    assert!(!target.exists());
    output.commit().unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"new");
    assert!(OutputFile::create(&target).is_err());
    let mut output = OutputFile::replace(&target).unwrap();
    output.file().write_all(b"newer").unwrap();
    output.commit().unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"newer");
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    assert!(!readable_by_others(&target));
    fs::set_permissions(&target, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(readable_by_others(&target));
}

/// Starts two files and writes to both.
fn two_files(targets: &[&Path; 2], bytes: [&[u8]; 2]) -> crate::error::Result<Outputs> {
    let mut files = Outputs::create(&targets.map(Wanted::File))?;
    for (target, bytes) in targets.iter().zip(bytes) {
        files.file(target).unwrap().file().write_all(bytes).unwrap();
    }
    Ok(files)
}

#[test]
fn several_files_are_put_in_place_together() {
    let home = tempfile::tempdir().unwrap();
    let [first, last] = ["model", "links"].map(|name| home.path().join(name));
    let targets = [first.as_path(), last.as_path()];
    let files = two_files(&targets, [b"m", b"l"]).unwrap();
    assert!(!first.exists() && !last.exists());
    files.commit().unwrap();
    assert_eq!([&first, &last].map(|path| fs::read(path).unwrap()), [b"m", b"l"]);
    // All are there: nothing is done again. The last is not: a run was stopped between the two, and goes on.
    assert_eq!(two_files(&targets, [b"m", b"l"]).unwrap_err().what(), "exists already");
    fs::remove_file(&last).unwrap();
    two_files(&targets, [b"m", b"l"]).unwrap().commit().unwrap();
    assert_eq!(fs::read(&last).unwrap(), b"l");
    // Another file at the first place, or a link to one that would do, is left, and nothing is put beside it.
    fs::remove_file(&last).unwrap();
    assert_eq!(two_files(&targets, [b"n", b"l"]).unwrap().commit().unwrap_err().what(), "exists already");
    assert_eq!(two_files(&targets, [b"mm", b"l"]).unwrap().commit().unwrap_err().what(), "exists already");
    let other = home.path().join("other");
    fs::rename(&first, &other).unwrap();
    std::os::unix::fs::symlink(&other, &first).unwrap();
    assert_eq!(two_files(&targets, [b"m", b"l"]).unwrap_err().what(), "exists already");
    assert!(!last.exists());
    let names = fs::read_dir(home.path()).unwrap().count();
    assert_eq!(names, 2, "the link and what it leads to");
    assert!(Outputs::create(&[Wanted::File(&last), Wanted::Folder(&last)]).is_err());
}

/// Starts a folder and a file, and writes to both.
fn folder_and_file(targets: [&Path; 2], bytes: &[u8]) -> crate::error::Result<Outputs> {
    let mut outputs = Outputs::create(&[Wanted::Folder(targets[0]), Wanted::File(targets[1])])?;
    outputs.folder(targets[0]).unwrap().file("chart").unwrap().write_all(bytes).unwrap();
    outputs.file(targets[1]).unwrap().file().write_all(b"l").unwrap();
    Ok(outputs)
}

#[test]
fn folders_are_put_in_place_together_with_files() {
    let home = tempfile::tempdir().unwrap();
    let [folder, last] = ["charts", "links"].map(|name| home.path().join(name));
    let make = |bytes: &[u8]| folder_and_file([&folder, &last], bytes);
    let taken = |made: crate::error::Result<Outputs>| {
        assert_eq!(made.and_then(Outputs::commit).unwrap_err().what(), "exists already");
        assert!(!last.exists());
    };
    make(b"c").unwrap().commit().unwrap();
    assert_eq!([folder.join("chart"), last.clone()].map(|path| fs::read(path).unwrap()), [b"c", b"l"]);
    assert_eq!(make(b"c").unwrap_err().what(), "exists already");
    // The last is not there: a run was stopped between the two, and goes on.
    fs::remove_file(&last).unwrap();
    make(b"c").unwrap().commit().unwrap();
    assert_eq!(fs::read(&last).unwrap(), b"l");
    // Other bytes, one file more, one of another name, a file in place of the folder: nothing is put beside them.
    fs::remove_file(&last).unwrap();
    taken(make(b"d"));
    fs::write(folder.join("more"), b"c").unwrap();
    taken(make(b"c"));
    fs::remove_file(folder.join("chart")).unwrap();
    taken(make(b"c"));
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, b"c").unwrap();
    taken(make(b"c"));
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "nothing but the file");
    // The last may not be there at all; an empty folder is nothing.
    fs::remove_file(&folder).unwrap();
    fs::create_dir(&folder).unwrap();
    make(b"c").unwrap().commit().unwrap();
    let wanted = Outputs::create(&[Wanted::Folder(&folder)]);
    assert_eq!(wanted.unwrap_err().what(), "exists already");
}

#[test]
fn maps_and_spools_give_the_bytes() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("f");
    for bytes in [&b""[..], b"some bytes"] {
        fs::write(&path, bytes).unwrap();
        assert_eq!(map_file(&path).unwrap().as_slice(), bytes);
        assert_eq!(spool(&mut &bytes[..], bytes.len() as u64).unwrap().as_slice(), bytes);
    }
    assert_eq!(map_file(home.path()).unwrap_err().kind(), ErrorKind::Input);
    assert_eq!(map_file(&home.path().join("none")).unwrap_err().kind(), ErrorKind::Input);
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("gone"))
        }
    }
    assert_eq!(spool(&mut Broken, 1).unwrap_err().kind(), ErrorKind::Input);
}

#[test]
fn a_pipe_without_end_stops_at_its_limit() {
    let error = spool(&mut std::io::repeat(b'a'), 5 << 20).unwrap_err();
    assert_eq!((error.kind(), error.what()), (ErrorKind::Limit, "brings more than 5 MiB"));
}
