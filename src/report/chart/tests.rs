//! What holds for every chart, and the looking glass through which tests see a drawing.

use crate::report::chart::svg::Area;
use crate::report::chart::text::{Font, width};

pub(in crate::report::chart) mod xml;

use crate::report::chart::{BarEntry, BarsChart, Unit, WaterfallChart, WaterfallStep};
use proptest::prelude::*;
use xml::{Node, parse};

/// Texts that go wrong in markup and in layout.
pub(in crate::report::chart) const NASTY: [&str; 6] = [
    "<script>alert(\"x\")</script> & 'more'",
    "]]><!-- -->&amp;\u{0}\u{1b}\u{202e}",
    "",
    "an endless label that goes on and on and on and on and on and on and on and on and on and on and on and on",
    "山田太郎山田太郎山田太郎山田太郎山田太郎山田太郎山田太郎山田太郎山田太郎山田太郎",
    "اسم الشخص",
];

/// Numbers that go wrong everywhere.
pub(in crate::report::chart) const ODD: [f64; 7] =
    [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, 1e308, -1e308, 1e-308];

/// Elements of a drawing, held to what every drawing must keep.
pub(in crate::report::chart) fn look(svg: &str) -> Vec<Node> {
    let nodes = parse(svg).unwrap_or_else(|fault| panic!("{fault}: {svg}"));
    let root = &nodes[0];
    assert_eq!((root.name.as_str(), root.get("role")), ("svg", "img"));
    assert_eq!((nodes[1].name.as_str(), nodes[2].name.as_str()), ("title", "desc"));
    assert!(!nodes[1].text.is_empty() && !nodes[2].text.is_empty());
    let whole = Area::new(0.0, 0.0, root.number("width"), root.number("height"));
    assert_eq!(root.get("viewBox"), format!("0 0 {} {}", whole.width, whole.height));
    assert!(whole.width >= 300.0 && whole.height >= 60.0);
    for node in &nodes {
        numbers_are_numbers(node);
        assert!(!["script", "image", "use", "foreignObject"].contains(&node.name.as_str()), "{node:?}");
    }
    assert!(!svg.contains("http") || svg.matches("http").count() == 1, "only the name space has an address");
    nothing_overlaps(&nodes, whole);
    nodes
}

fn numbers_are_numbers(node: &Node) {
    const LENGTHS: [&str; 12] = ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "stroke-width"];
    for (name, value) in &node.attributes {
        if LENGTHS.contains(&name.as_str()) {
            let number: f64 = value.parse().unwrap_or_else(|_| panic!("{node:?}"));
            assert!(number.is_finite() && (number >= 0.0 || name.len() < 3), "{node:?}");
        }
        if name == "d" {
            let numbers = value.split(['M', 'L', ' ', 'Z']).filter(|part| !part.is_empty());
            assert!(numbers.map(|part| part.parse::<f64>().unwrap()).all(f64::is_finite), "{node:?}");
        }
    }
    for word in ["NaN", "inf", "-0"] {
        assert!(node.text != word && !node.attributes.iter().any(|(_, value)| value == word), "{node:?}");
    }
}

/// The box that a text is estimated to take.
pub(in crate::report::chart) fn text_box(node: &Node) -> Area {
    let font = Font::ALL.into_iter().find(|font| node.has_class(font.class())).expect("a text has a font");
    let wide = width(&node.text, font);
    let left = match node.get("text-anchor") {
        "end" => node.number("x") - wide,
        "middle" => node.number("x") - wide / 2.0,
        _ => node.number("x"),
    };
    Area::new(left, node.number("y") - 0.8 * font.size(), wide, font.size())
}

/// The box of a rectangle.
pub(in crate::report::chart) fn rectangle_box(node: &Node) -> Area {
    Area::new(node.number("x"), node.number("y"), node.number("width"), node.number("height"))
}

fn overlap(a: &Area, b: &Area) -> bool {
    let slack = 0.1;
    a.left + slack < b.right() && b.left + slack < a.right() && a.top + slack < b.bottom() && b.top + slack < a.bottom()
}

/// Whether a rectangle carries a value, and no text may stand on it.
pub(in crate::report::chart) fn is_mark(node: &Node) -> bool {
    let classes = ["for", "against", "neutral", "result", "series"].map(|name| format!("rw-f-{name}"));
    node.name == "rect" && classes.iter().any(|class| node.get("class").starts_with(class.as_str()))
}

fn nothing_overlaps(nodes: &[Node], whole: Area) {
    let texts = nodes.iter().filter(|node| node.name == "text" && !node.text.is_empty());
    let marks = nodes.iter().filter(|node| is_mark(node)).map(|node| (node, rectangle_box(node)));
    let mut boxes: Vec<(&Node, Area)> = texts.map(|node| (node, text_box(node))).chain(marks).collect();
    boxes.sort_by(|a, b| a.1.top.total_cmp(&b.1.top));
    for (index, (node, area)) in boxes.iter().enumerate() {
        let is_inside =
            area.left >= 0.0 && area.top >= 0.0 && area.right() <= whole.width && area.bottom() <= whole.height;
        assert!(is_inside, "{node:?} leaves {whole:?}: {area:?}");
        let near = boxes[index + 1..].iter().take_while(|(_, other)| other.top < area.bottom());
        for (other, other_area) in near.filter(|(other, _)| node.name == "text" || other.name == "text") {
            assert!(!overlap(area, other_area), "{node:?} {area:?} touches {other:?} {other_area:?}");
        }
    }
}

/// Bars of one colour, in the order of the drawing; squares of legends are none.
pub(in crate::report::chart) fn bars(nodes: &[Node], colour: &str) -> Vec<Area> {
    let class = format!("rw-f-{colour}");
    let marks = nodes.iter().filter(|node| is_mark(node) && node.has_class(&class)).map(rectangle_box);
    marks.filter(|area| (area.width, area.height) != (12.0, 12.0)).collect()
}

/// Whether a text stands in the drawing; spaces that do not break are taken for ordinary ones.
pub(in crate::report::chart) fn says(nodes: &[Node], text: &str) -> bool {
    nodes.iter().any(|node| node.name == "text" && node.text.replace('\u{a0}', " ") == text)
}

/// Rows of a table are as long as its header, and none of its cells is a number that is none.
pub(in crate::report::chart) fn check_table(table: &[Vec<String>], rows: usize) {
    assert_eq!(table.len(), rows + 1);
    for row in table {
        assert_eq!(row.len(), table[0].len());
        assert!(row.iter().all(|cell| !cell.contains("NaN") && cell != "inf" && cell != "-inf"), "{row:?}");
    }
}

#[test]
fn the_reader_of_xml_refuses_what_is_not_well_formed() {
    for fault in [
        "",
        "text",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a b=\"1\" b=\"2\"/>",
        "<a b=\"<\"/>",
        "<a>&nbsp;</a>",
        "<a>&</a>",
        "<a>\u{1}</a>",
        "<a b=1/>",
        "<a b=\"1\"c=\"2\"/>",
        "</a>",
    ] {
        assert!(parse(fault).is_err(), "{fault:?}");
    }
    let nodes = parse("<a b=\"&lt;\">x<c/>y</a>").unwrap();
    assert_eq!((nodes[0].get("b"), nodes[0].text.as_str(), nodes[1].depth), ("<", "xy", 1));
}

#[test]
#[should_panic(expected = "touches")]
fn overlapping_texts_are_seen() {
    let text = "<text class=\"rw-t-body\" x=\"20\" y=\"40\">label</text>";
    let open = "<svg role=\"img\" width=\"300\" height=\"60\" viewBox=\"0 0 300 60\"><title>t</title><desc>d</desc>";
    look(&format!("{open}{text}{text}</svg>"));
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,50}", any::<String>(), Just(NASTY[0].to_owned())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_and_no_number_breaks_a_drawing(
        rows in proptest::collection::vec((any_text(), any_text(), any::<f64>(), any::<f64>()), 1..6),
    ) {
        let step = |(name, level, weight, adjustment): &(String, String, f64, f64)| WaterfallStep {
            comparison: name.clone(),
            level: level.clone(),
            left: level.clone(),
            right: name.clone(),
            weight: *weight,
            term_frequency: *adjustment,
        };
        let steps = rows.iter().map(step).collect();
        let title = rows[0].0.clone();
        look(&WaterfallChart { title: title.clone(), prior: rows[0].2, steps, ..WaterfallChart::default() }.svg());
        let entry = |(label, detail, value, end): &(String, String, f64, f64)| BarEntry {
            label: label.clone(),
            detail: detail.clone(),
            value: *value,
            interval: Some((*end, *value)),
        };
        let entries = rows.iter().map(entry).collect();
        look(&BarsChart { note: title, unit: Unit::Number, entries, ..BarsChart::default() }.svg());
    }
}
