"""Payload templates: Handlebars' behaviour, the live service's peculiarities, and errors."""

from __future__ import annotations

import msgspec
import pytest

from mock_server.webhooks.bodies import FORM, JSON, build_message
from mock_server.webhooks.templates import TemplateError, render

VALUES = {
    "title": "Tea & Toast",
    "length": 30,
    "price": 0,
    "paid": True,
    "missing": None,
    "organizer": {"name": "Ann O'Hara", "language": {"locale": "en"}},
    "attendees": [{"name": "Bob", "email": "bob@example.com"}, {"name": "Cy", "email": "cy@example.com"}],
    "guests": [],
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{title}} {{{title}}} {{&title}}", "Tea &amp; Toast Tea & Toast Tea & Toast"),
        ("{{organizer.name}} {{organizer.language.locale}}", "Ann O&#x27;Hara en"),
        ("{{attendees.0.name}} {{attendees.[1].email}}", "Bob cy@example.com"),
        ("{{nothing}}{{nothing.at.all}}{{missing}}", ""),
        ("{{price}} {{paid}} {{length}} {{organizer}}", "0 true 30 [object Object]"),
        ("{{#if guests}}some{{else}}none{{/if}}", "none"),
        ("{{#if price}}dear{{else if paid}}paid{{else}}free{{/if}}", "paid"),
        ("{{#if price includeZero=true}}a price{{/if}}", "a price"),
        ("{{#unless guests}}alone{{/unless}}", "alone"),
        (
            "{{#each attendees}}{{@index}} {{name}} of {{../length}}{{#unless @last}}; {{/unless}}{{/each}}",
            "0 Bob of 30; 1 Cy of 30",
        ),
        ("{{#each attendees as |attendee index|}}{{index}}{{attendee.name}}{{/each}}", "0Bob1Cy"),
        ("{{#each organizer.language}}{{@key}}={{this}}{{/each}}", "locale=en"),
        ("{{#each guests}}x{{else}}none{{/each}}", "none"),
        ("{{#with organizer}}{{name}} {{@root.length}}{{/with}}", "Ann O&#x27;Hara 30"),
        ("{{#attendees}}{{name}}{{/attendees}}{{^guests}} and no guests{{/guests}}", "BobCy and no guests"),
        ('{{lookup attendees.1 "name"}} {{attendees.length}}', "Cy 2"),
        ("{{! a note }}{{!-- {{title}} --}}{{~length~}}  !", "30!"),
        ("list\n  {{#each attendees}}\n- {{name}}\n  {{/each}}\nend", "list\n- Bob\n- Cy\nend"),
        (r"\{{title}} {{length}}", "{{title}} 30"),
        (f"{{{{lookup attendees {'9' * 5000}}}}}{{{{attendees.{'9' * 5000}}}}}none", "none"),
        ('{"minutes": {"of": {{length}}}}', '{"minutes": {"of": 30}}'),
    ],
)
def test_templates_render_as_in_handlebars(template: str, expected: str) -> None:
    assert render(template, VALUES) == expected


@pytest.mark.parametrize(
    "template",
    ["{{#if title}}", "{{/if}}", "{{else}}", "{{title", "{{shout title}}", "{{> footer}}", "{{#each}}x{{/each}}"],
)
def test_a_template_that_handlebars_would_reject_is_rejected(template: str) -> None:
    with pytest.raises(TemplateError):
        render(template, VALUES)


def test_values_are_escaped_except_for_double_quotes() -> None:
    assert render("{{x}}", {"x": '<\'`=&>""'}) == '&lt;&#x27;&#x60;&#x3D;&amp;&gt;""'


def test_a_json_template_is_sent_compactly_as_json() -> None:
    sent = build_message('{ "what": "{{title}}", "when": "{{createdAt}}" }', "BOOKING_CREATED", "now", VALUES)
    assert (sent.content_type, sent.body) == (JSON, b'{"what":"Tea &amp; Toast","when":"now"}')


def test_a_quote_in_a_value_breaks_a_json_template() -> None:
    sent = build_message('{"what": "{{title}}"}', "BOOKING_CREATED", "now", {"title": 'a "b"'})
    assert (sent.content_type, sent.body) == (JSON, b"false")


@pytest.mark.parametrize("template", ["plain {{triggerEvent}}", '{"id": {{length}}}', "false", "0"])
def test_a_template_that_is_falsy_or_not_json_is_sent_as_a_form(template: str) -> None:
    sent = build_message(template, "BOOKING_CREATED", "now", VALUES)
    assert sent.content_type == FORM
    assert sent.body.decode() == render(template, {**VALUES, "triggerEvent": "BOOKING_CREATED"})


def test_meeting_events_have_no_envelope_and_ignore_the_template() -> None:
    sent = build_message("{{uid}}", "MEETING_STARTED", "now", {"uid": "u"})
    assert sent.body == b'{"triggerEvent":"MEETING_STARTED","uid":"u"}'


def test_the_answers_of_a_form_are_repeated_at_the_root() -> None:
    sent = build_message(None, "FORM_SUBMITTED", "now", {"formId": "f", "responses": {"name": {"value": "Ada"}}})
    assert sent.body == (
        b'{"name":{"value":"Ada"},"triggerEvent":"FORM_SUBMITTED","createdAt":"now",'
        b'"payload":{"formId":"f","responses":{"name":{"value":"Ada"}}}}'
    )


@pytest.mark.parametrize("payload", [{"formId": "f"}, {"responses": "none"}])
def test_a_form_without_answers_repeats_none(payload: dict[str, str]) -> None:
    sent = build_message(None, "FORM_SUBMITTED", "now", payload)
    assert msgspec.json.decode(sent.body) == {"triggerEvent": "FORM_SUBMITTED", "createdAt": "now", "payload": payload}
