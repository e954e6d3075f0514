//! The helpers that templates may use, besides Handlebars' own `if`, `unless`, `each`, `with`,
//! `eq`, `ne`, `and`, `or`, `not`. None reads a file, the environment or the network.

use std::ops::RangeInclusive;
use std::time::Duration;

use handlebars::{
    Context, Handlebars, Helper, HelperDef, HelperResult, Output, RenderContext, RenderError,
    RenderErrorReason, ScopedJson,
};
use serde_json::Value;

use crate::model::message::Language;
use crate::model::text::head_chars;
use crate::model::time::{UnixMillis, Zone, readable_duration};

/// A helper: its name, how it is written, and what it makes of its parameters.
pub struct HelperSpec {
    /// The name.
    pub name: &'static str,
    /// An example of its use.
    pub usage: &'static str,
    /// What it gives, in a few words.
    pub about: &'static str,
    /// How many parameters it wants, from fewest to most.
    pub parameters: RangeInclusive<usize>,
    make: fn(&Parameters<'_>) -> Result<Value, String>,
}

impl std::fmt::Debug for HelperSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "helper {}", self.name)
    }
}

/// Every helper of our own.
pub static HELPERS: &[HelperSpec] = &[
    HelperSpec {
        name: "upper",
        usage: "{{upper status}}",
        about: "the text in capital letters",
        parameters: 1..=1,
        make: |p| Ok(p.text(0)?.to_uppercase().into()),
    },
    HelperSpec {
        name: "lower",
        usage: "{{lower status_text}}",
        about: "the text in small letters",
        parameters: 1..=1,
        make: |p| Ok(p.text(0)?.to_lowercase().into()),
    },
    HelperSpec {
        name: "truncate",
        usage: "{{truncate commit.title 40}}",
        about: "at most that many characters, with a mark where text was cut",
        parameters: 2..=2,
        make: truncate,
    },
    HelperSpec {
        name: "default",
        usage: "{{default tag \"no tag\"}}",
        about: "the second text when the first is empty",
        parameters: 2..=2,
        make: default,
    },
    HelperSpec {
        name: "json",
        usage: "{{json failed.steps}}",
        about: "the value as JSON",
        parameters: 1..=1,
        make: json,
    },
    HelperSpec {
        name: "urlencode",
        usage: "https://example.com/?q={{urlencode branch}}",
        about: "the text as part of an address",
        parameters: 1..=1,
        make: |p| Ok(url_encoded(&p.text(0)?).into()),
    },
    HelperSpec {
        name: "duration",
        usage: "{{duration 200}}",
        about: "whole seconds as people read them: 3m 20s",
        parameters: 1..=1,
        make: duration,
    },
    HelperSpec {
        name: "date",
        usage: "{{date started_at \"%H:%M\" zone=\"Asia/Shanghai\"}}",
        about: "a time in a form of strftime; in `timezone` when no zone is named",
        parameters: 1..=2,
        make: date,
    },
    HelperSpec {
        name: "plural",
        usage: "{{plural run.attempt \"try\" \"tries\"}}",
        about: "the first word for one, the second for any other number",
        parameters: 3..=3,
        make: plural,
    },
];

fn json(parameters: &Parameters<'_>) -> Result<Value, String> {
    let text = parameters.value(0)?.to_string();
    // Without the invisible character, which goes when this becomes a value, an empty list would
    // read like one that Handlebars wrote.
    Ok(match text.as_str() {
        "[]" => "[]\u{200b}".into(),
        _ => text.into(),
    })
}

/// At most so many characters. What is written out was checked before; for the rest, a text that is
/// not cut is better than none.
fn truncate(parameters: &Parameters<'_>) -> Result<Value, String> {
    let text = parameters.text(0)?;
    Ok(match parameters.text(1)?.trim().parse() {
        Ok(limit) => head_chars(&text, limit).into(),
        Err(_) => text.into(),
    })
}

fn default(parameters: &Parameters<'_>) -> Result<Value, String> {
    let text = parameters.text(0)?;
    match text.trim().is_empty() {
        true => parameters.value(1).cloned(),
        false => Ok(text.into()),
    }
}

/// Whole seconds as people read them; any other text stays as it is.
fn duration(parameters: &Parameters<'_>) -> Result<Value, String> {
    let text = parameters.text(0)?;
    Ok(match text.trim().parse() {
        Ok(seconds) => readable_duration(Duration::from_secs(seconds), Language::English).into(),
        Err(_) => text.into(),
    })
}

/// `{{date TIME FORM zone="Asia/Shanghai"}}`; the form is that of strftime. What is no time stays
/// as it is; by a form that is none, which only a fact can be here, a time is written as usual.
fn date(parameters: &Parameters<'_>) -> Result<Value, String> {
    let text = parameters.text(0)?;
    let Some(at) = UnixMillis::parse(&text) else {
        return Ok(text.into());
    };
    let name = parameters.zone.as_deref().unwrap_or("UTC");
    let zone = Zone::named(name).ok_or_else(|| format!("`{name}` is no time zone"))?;
    let form = parameters.text(1).ok();
    let formatted = form.and_then(|form| at.formatted(&form, &zone).ok());
    Ok(formatted.unwrap_or_else(|| at.readable(&zone)).into())
}

/// `{{plural COUNT "step" "steps"}}`: the first word for one, else the second.
fn plural(parameters: &Parameters<'_>) -> Result<Value, String> {
    let at = if parameters.text(0)?.trim() == "1" {
        1
    } else {
        2
    };
    parameters.value(at).cloned()
}

fn url_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
}

/// What a helper was given.
#[derive(Debug)]
struct Parameters<'a> {
    name: &'static str,
    values: Vec<&'a Value>,
    zone: Option<String>,
}

impl Parameters<'_> {
    fn value(&self, at: usize) -> Result<&Value, String> {
        self.values
            .get(at)
            .copied()
            .ok_or_else(|| format!("`{}` wants a parameter {}", self.name, at + 1))
    }

    fn text(&self, at: usize) -> Result<String, String> {
        self.value(at).map(plain)
    }
}

/// A value as text: lists joined by commas, nothing for null and for groups of facts.
fn plain(value: &Value) -> String {
    match value {
        Value::Null | Value::Object(_) => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

impl HelperDef for &'static HelperSpec {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        // `{{duration}}` alone is the fact of that name, not the helper.
        if let (true, Some(fact)) = (helper.params().is_empty(), context.data().get(self.name)) {
            return Ok(ScopedJson::Derived(fact.clone()));
        }
        let parameters = Parameters {
            name: self.name,
            values: helper.params().iter().map(|it| it.value()).collect(),
            zone: helper
                .hash_get("zone")
                .map(|it| plain(it.value()))
                .or_else(|| context.data().get("timezone").map(plain))
                .filter(|name| !name.is_empty()),
        };
        (self.make)(&parameters)
            .map(ScopedJson::Derived)
            .map_err(|wrong| RenderErrorReason::Other(wrong).into())
    }
}

/// Adds the helpers to a registry.
pub(super) fn register(registry: &mut Handlebars<'_>) {
    for helper in HELPERS {
        registry.register_helper(helper.name, Box::new(helper));
    }
    // Both read what the template names while it runs; nothing here needs them.
    registry.unregister_helper("lookup");
    registry.unregister_helper("log");
}

/// Writes this where a name stands that nobody knows; who reads the log is told by
/// [`super::scope::warnings`].
struct InTheirPlace(String);

impl HelperDef for InTheirPlace {
    fn call<'reg: 'rc, 'rc>(
        &self,
        _: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        _: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
        output: &mut dyn Output,
    ) -> HelperResult {
        output.write(&self.0)?;
        Ok(())
    }
}

/// Puts this text in the place of names that nobody knows.
pub(super) fn replace_missing_names(registry: &mut Handlebars<'_>, in_their_place: String) {
    registry.register_helper("helperMissing", Box::new(InTheirPlace(in_their_place)));
}
