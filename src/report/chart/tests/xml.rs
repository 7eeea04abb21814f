//! A small strict reader of XML, for tests: it fails on what is not well formed.

/// One element, in the order of the document.
#[derive(Debug)]
pub(in crate::report::chart) struct Node {
    pub(in crate::report::chart) name: String,
    pub(in crate::report::chart) attributes: Vec<(String, String)>,
    /// Text directly inside.
    pub(in crate::report::chart) text: String,
    /// Number of elements around it.
    pub(in crate::report::chart) depth: usize,
}

impl Node {
    pub(in crate::report::chart) fn get(&self, name: &str) -> &str {
        self.attributes.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    pub(in crate::report::chart) fn number(&self, name: &str) -> f64 {
        self.get(name).parse().unwrap_or_else(|_| panic!("{name} of {self:?}"))
    }

    pub(in crate::report::chart) fn has_class(&self, class: &str) -> bool {
        self.get("class").split(' ').any(|one| one == class)
    }
}

/// All elements of a document.
pub(in crate::report::chart) fn parse(text: &str) -> Result<Vec<Node>, String> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let Some(markup) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            let inside = open.last().ok_or("text outside of the root")?;
            nodes[*inside].text.push_str(&unescape(&rest[..end])?);
            rest = &rest[end..];
            continue;
        };
        let end = markup.find('>').ok_or("a tag without end")?;
        let tag = &markup[..end];
        rest = &markup[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let index = open.pop().ok_or("an end without beginning")?;
            if nodes[index].name != name {
                return Err(format!("{name} ends {}", nodes[index].name));
            }
            continue;
        }
        let (tag, is_closed) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        if open.is_empty() && !nodes.is_empty() {
            return Err("two roots".into());
        }
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric()) {
            return Err(format!("name {name:?}"));
        }
        let depth = open.len();
        nodes.push(Node { name: name.into(), attributes: read(attributes)?, text: String::new(), depth });
        if !is_closed {
            open.push(nodes.len() - 1);
        }
    }
    if open.is_empty() && !nodes.is_empty() { Ok(nodes) } else { Err("an element is not closed".into()) }
}

fn read(mut text: &str) -> Result<Vec<(String, String)>, String> {
    let mut out: Vec<(String, String)> = Vec::new();
    while !text.is_empty() {
        let (name, rest) = text.split_once("=\"").ok_or_else(|| format!("attribute {text:?}"))?;
        let (value, rest) = rest.split_once('"').ok_or("an attribute without end")?;
        if !name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-') {
            return Err(format!("attribute name {name:?}"));
        }
        if value.contains('<') || out.iter().any(|(other, _)| other == name) {
            return Err(format!("attribute {name} with {value:?}"));
        }
        out.push((name.into(), unescape(value)?));
        text = match rest.strip_prefix(' ') {
            Some(next) => next,
            None if rest.is_empty() => rest,
            None => return Err(format!("no space before {rest:?}")),
        };
    }
    Ok(out)
}

fn unescape(text: &str) -> Result<String, String> {
    if let Some(letter) =
        text.chars().find(|letter| (*letter < ' ' && !"\t\n\r".contains(*letter)) || *letter == '\u{ffff}')
    {
        return Err(format!("{letter:?} may not stand in XML"));
    }
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';').ok_or("a bare &")?;
        let known = [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("#39", '\'')];
        let (_, letter) = known.iter().find(|(known, _)| *known == name).ok_or(format!("&{name};"))?;
        out.push(*letter);
        out.push_str(rest);
    }
    Ok(out)
}
