//! The rules of a policy, as a page: the documentation of `cors_core::rules`, with an anchor for each rule.

use std::sync::LazyLock;

use pulldown_cmark::{CowStr, Event, Parser, Tag, TagEnd, html};

/// The sections in HTML.
pub static SECTIONS: LazyLock<String> =
    LazyLock::new(|| sections(include_str!("../../../../cors-core/src/rules/rules.md")));

fn sections(markdown: &str) -> String {
    let mut events: Vec<Event<'_>> = Parser::new(markdown).collect();
    let mut in_code = false;
    for index in 0..events.len() {
        // The title of a section is the code of its rule.
        let title = match events.get(index + 1) {
            Some(Event::Text(title)) => Some(title.clone()),
            _ => None,
        };
        match &mut events[index] {
            Event::Start(Tag::Heading { id, .. }) => *id = title,
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(text) if in_code => *text = CowStr::from(without_hidden_lines(text)),
            _ => {}
        }
    }
    let mut page = String::new();
    html::push_html(&mut page, events.into_iter());
    page
}

/// Lines of an example that the documentation does not show either.
fn without_hidden_lines(code: &str) -> String {
    code.split_inclusive('\n').filter(|line| !line.starts_with("# ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_that_a_file_can_break_has_its_section() {
        for rule in cors_core::Rule::ALL {
            assert!(SECTIONS.contains(&format!("<h2 id=\"{}\">", rule.code())), "{}", rule.code());
        }
        assert!(!SECTIONS.contains("# use"));
    }
}
