//! A bill of materials in CycloneDX: the crates that the program is made of, with version, licence, digest and what needs
//! what. The same lock file gives the same bytes: no date, no number of its own.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The bill, from what Cargo knows, the digests of the lock file, and name and version of what is built.
pub(super) fn of(metadata: &Value, lock: &toml::Table, built: &BTreeSet<(String, String)>) -> Value {
    let packages: BTreeMap<&str, &Value> =
        list(&metadata["packages"]).iter().map(|package| (word(&package["id"]), package)).collect();
    let needs: BTreeMap<&str, Vec<&str>> =
        list(&metadata["resolve"]["nodes"]).iter().map(|node| (word(&node["id"]), needed(node))).collect();
    let root = word(&metadata["resolve"]["root"]);
    let is_built = |id: &&str| {
        let [name, version] = ["name", "version"].map(|key| word(&packages[*id][key]).to_owned());
        built.contains(&(name, version))
    };
    let mut reached = BTreeSet::new();
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        if reached.insert(id) {
            open.extend(needs[id].iter().copied().filter(is_built));
        }
    }
    let digests = digests(lock);
    let others = reached.iter().filter(|id| **id != root).map(|id| component(packages[id], "library", &digests));
    let mut components: Vec<Value> = others.collect();
    components.sort_by(|a, b| word(&a["bom-ref"]).cmp(word(&b["bom-ref"])));
    let reference = |id: &str| purl(packages[id]);
    let dependencies: BTreeMap<String, Vec<String>> = reached
        .iter()
        .map(|id| {
            let of = needs[id].iter().copied().filter(is_built).map(reference).collect::<BTreeSet<_>>();
            (reference(id), of.into_iter().collect())
        })
        .collect();
    let dependencies: Vec<Value> =
        dependencies.into_iter().map(|(of, on)| json!({ "ref": of, "dependsOn": on })).collect();
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": component(packages[root], "application", &digests) },
        "components": components,
        "dependencies": dependencies,
    })
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What goes into the program: neither what tests need nor what a build script does.
fn needed(node: &Value) -> Vec<&str> {
    let is_normal = |need: &&Value| list(&need["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
    list(&node["deps"]).iter().filter(is_normal).map(|need| word(&need["pkg"])).collect()
}

fn digests(lock: &toml::Table) -> BTreeMap<(String, String), String> {
    let text = |value: Option<&toml::Value>| value.and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    let packages = lock["package"].as_array().map_or(&[][..], Vec::as_slice);
    let of = |package: &toml::Value| {
        ((text(package.get("name")), text(package.get("version"))), text(package.get("checksum")))
    };
    packages.iter().map(of).collect()
}

fn purl(package: &Value) -> String {
    format!("pkg:cargo/{}@{}", word(&package["name"]), word(&package["version"]).replace('+', "%2B"))
}

fn component(package: &Value, kind: &str, digests: &BTreeMap<(String, String), String>) -> Value {
    let [name, version] = ["name", "version"].map(|key| word(&package[key]));
    // Older manifests write `/` for OR.
    let licence = word(&package["license"]).replace(" / ", " OR ").replace('/', " OR ");
    let mut out = json!({
        "type": kind, "bom-ref": purl(package), "name": name, "version": version, "purl": purl(package),
        "licenses": [{ "expression": licence }],
    });
    if let Some(digest) = digests.get(&(name.to_owned(), version.to_owned())).filter(|digest| !digest.is_empty()) {
        out["hashes"] = json!([{ "alg": "SHA-256", "content": digest }]);
    }
    out
}
