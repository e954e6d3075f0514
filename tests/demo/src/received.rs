//! Shows what a receiver got, as its readers would see it.

use mail_parser::MessageParser;
use runbell_receivers::Received;
use runbell_receivers::smtp::Mail;
use serde_json::Value;

/// Prints one POST and the receiver's verdict.
pub(crate) fn show_request(channel: &str, received: &Received) {
    let verdict = match &received.answer {
        Some(answer) => format!(
            "HTTP {} {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        ),
        None => "no answer".to_owned(),
    };
    let word = if received.accepted() {
        "accepted"
    } else {
        "refused"
    };
    show(channel, &text_of(&received.request.text()), word, &verdict);
}

/// Prints one mail.
pub(crate) fn show_mail(mail: &Mail) {
    let Some(parsed) = MessageParser::default().parse(&mail.data) else {
        return show("Email", "(unreadable)", "accepted", "");
    };
    let text = format!(
        "From: {}\nTo: {}\nSubject: {}\n\n{}",
        mail.header("From").unwrap_or_default(),
        mail.header("To").unwrap_or_default(),
        parsed.subject().unwrap_or_default(),
        parsed.body_text(0).unwrap_or_default()
    );
    let login = mail.authenticated_as.as_deref().unwrap_or("nobody");
    let protection = if mail.over_tls {
        "over TLS"
    } else {
        "in the clear"
    };
    show(
        "Email",
        &text,
        "accepted",
        &format!("{protection}, logged in as {login}"),
    );
}

fn show(channel: &str, text: &str, word: &str, verdict: &str) {
    println!("\n   {channel} received:");
    for line in text.lines() {
        println!("   | {line}");
    }
    println!("   {word} ({verdict})");
}

/// The part of a robot's body that people read; other bodies whole.
fn text_of(body: &str) -> String {
    let Ok(json) = serde_json::from_str::<Value>(body) else {
        return body.to_owned();
    };
    let at = |path: &str| {
        json.pointer(path)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    at("/markdown/text")
        .or_else(|| at("/markdown/content"))
        .or_else(|| {
            let title = at("/card/header/title/content")?;
            let elements = json.pointer("/card/body/elements")?.as_array()?;
            let lines = elements.iter().filter_map(|element| {
                let content = element.get("content").and_then(Value::as_str);
                let button = element.pointer("/text/content").and_then(Value::as_str);
                content
                    .map(str::to_owned)
                    .or_else(|| button.map(|it| format!("[ {it} ]")))
            });
            Some(format!("{title}\n{}", lines.collect::<Vec<_>>().join("\n")))
        })
        .unwrap_or_else(|| format!("{json:#}"))
}
