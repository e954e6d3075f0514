"""Reads the mailboxes that the mail server filled, and holds each mail against what was sent."""

import email
import email.policy
import pathlib
import sys
import time

# Run numbers by mailbox.
EXPECTED = {
    "ann": [1, 2, 3, 4, 6, 7, 8],
    "bob": [3, 6],
    "用户": [5],
}


def mails(folder):
    """The mails of a mailbox by run number, which stands in the text part."""
    found = {}
    for path in (folder / "new").glob("*"):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert not message.defects, (path, message.defects)
        text = message.get_body(("plain",)).get_content()
        numbers = [int(word[1:]) for word in text.split() if word[:1] == "#" and word[1:].isdigit()]
        assert numbers, text
        assert numbers[0] not in found, f"run {numbers[0]} came twice"
        found[numbers[0]] = message
    return found


def arrived(root):
    """All mailboxes, once everything is there; delivery goes on behind the server's reply."""
    end = time.monotonic() + 20
    while True:
        boxes = {name: mails(root / name) for name in EXPECTED}
        numbers = {name: sorted(box) for name, box in boxes.items()}
        if numbers == EXPECTED:
            return boxes
        assert time.monotonic() < end, numbers
        time.sleep(0.1)


def check_each(number, mail):
    """What holds for every mail."""
    for name in ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Id"]:
        assert len(mail.get_all(name, [])) == 1, (number, name)
    assert "Bcc" not in mail, number
    assert mail["Auto-Submitted"] == "auto-generated", number
    assert mail["X-Priority"] == (None if number == 3 else "1 (Highest)"), number
    assert mail["In-Reply-To"] == mail["References"], number
    assert mail.get_content_type() == "multipart/alternative", number
    kinds = [part.get_content_type() for part in mail.iter_parts()]
    assert kinds == ["text/plain", "text/html"], (number, kinds)
    for part in mail.iter_parts():
        assert part["Content-Transfer-Encoding"] == "base64", number
        assert not part.defects, (number, part.defects)
    text = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    for words in ["main", f"#{number}"]:
        assert words in text and words in html, (number, words)
    assert "<img" not in html and "<script" not in html and "url(" not in html, number


def main():
    boxes = arrived(pathlib.Path(sys.argv[1]))
    count = 0
    for box in boxes.values():
        for number, mail in box.items():
            check_each(number, mail)
            count += 1
    ann, bob = boxes["ann"], boxes["bob"]
    assert ann[1]["Subject"] == "❌ Failed: build #1 (main)", ann[1]["Subject"]
    assert ann[1]["List-Id"] == "<build.acme-shop.runbell.shop.test>", ann[1]["List-Id"]
    assert ann[1]["References"] == ann[2]["References"], "runs of one pipeline share a thread"
    assert ann[1]["References"] != ann[3]["References"], "runs of another do not"
    assert ann[1]["Message-ID"] != ann[2]["Message-ID"]

    subject = "构建成功：修复：" + "购物车重复计价" * 20
    assert ann[3]["Subject"] == subject, ann[3]["Subject"]
    sender = ann[3]["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ("构建机器人", "ci@shop.test"), sender
    assert ann[3]["Cc"].addresses[0].display_name == "Боб", ann[3]["Cc"]
    assert bob[3]["Message-ID"] == ann[3]["Message-ID"]

    assert ann[4]["Subject"] == "تم البناء بنجاح 4", ann[4]["Subject"]
    text = ann[4].get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert "\n.\n\n..\n\nFrom here on\n" in text, text
    assert "long line " * 299 in text

    number = boxes["用户"][5]
    assert "用户@shop.test" in str(number["To"]), number["To"]
    assert "0" * 60_000 in ann[6].get_body(("html",)).get_content()
    assert "nobody@shop.test" in ann[7]["To"], ann[7]["To"]
    print(f"{count} mails read in {len(boxes)} mailboxes; all as they were sent")


main()
