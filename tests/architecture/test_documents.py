"""Where the links of the documents lead, and that tables name what there is."""

import re
from pathlib import Path

import pytest

from windage.spec.channel import Channel
from windage.spec.channel_kinds import CHANNELS

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def prose(document):
    return re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)


def anchors(document):
    headings = re.findall(r"^#+ (.+)$", prose(document), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    for link in LINK.findall(prose(document)):
        if not link.startswith(("http://", "https://")):
            path, _, anchor = link.partition("#")
            target = (document.parent / path).resolve() if path else document
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link


def test_every_document_can_be_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        document = waiting.pop()
        reached.add(document)
        found = {(document.parent / link.partition("#")[0]).resolve() for link in LINK.findall(prose(document))}
        waiting += [each for each in found - reached if each in DOCUMENTS]
    assert set(DOCUMENTS) == reached


def test_the_messages_that_troubleshooting_quotes_are_ours():
    """Numbers aside, and where the page has an ellipsis; what Airflow says is quoted beside its command."""
    ours = "".join(each.read_text(encoding="utf-8") for each in (ROOT / "src").rglob("*.py"))
    rows = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").splitlines()
    quoted = [text for row in rows if "`airflow " not in row for text in re.findall("“(.+?)”", row)]
    assert len(quoted) >= 8
    for text in quoted:
        assert all(part in ours for part in re.split(r"\s*(?:…|\d+)\s*", text)), text


def test_the_page_on_call_names_every_key_of_every_channel():
    rows = prose(ROOT / "docs" / "on_call.md").splitlines()
    for kind in CHANNELS.names:
        channel = CHANNELS.load(kind)
        (row,) = [each for each in rows if each.startswith(f"| `{kind}` |")]
        for key, field in channel.model_fields.items():
            if key == "connection":
                assert (f"`{field.default}`" if not field.is_required() else "no default") in row
            elif key not in Channel.model_fields:
                assert f"`{key}`" in row, (kind, key)
