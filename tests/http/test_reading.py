"""What is kept of bodies for reports."""

from apps.raw import raw_server, response

from bruscript.http import Client, ClientConfig, OutgoingRequest
from bruscript.http.sent import KEPT, MOST_SHOWN, SentRequest, journal
from bruscript.masking import Mask
from bruscript.runner.masked_exchange import MaskedExchange

MEBIBYTE = 1 << 20


async def test_of_what_scripts_ask_for_reports_keep_the_beginning_and_not_too_much():
    client = Client(ClientConfig(noproxy=True))
    sent: list[SentRequest] = []
    token = journal.set(sent)
    body = b"x" * (MOST_SHOWN + 5)
    async with raw_server(response(body)) as server:
        for sent_by in ("", *["axios"] * (KEPT // MEBIBYTE + 2)):
            got = await client.send(OutgoingRequest("GET", server.url, sent_by=sent_by))
            assert got.body == body
    journal.reset(token)
    await client.aclose()
    own, first, *_, last = sent
    assert own.content.getvalue() == body
    assert first.content.getvalue() == body[:MOST_SHOWN]
    assert last.content.getvalue() == b""
    assert {each.size for each in sent} == {len(body)}
    assert sum(len(each.content.getvalue()) for each in sent[1:]) <= KEPT
    assert MaskedExchange(own, Mask()).response_text == MaskedExchange(first, Mask()).response_text
    assert MaskedExchange(first, Mask()).response_text.endswith(f"x\n… of {len(body)} bytes")
    assert MaskedExchange(last, Mask()).response_text == f"({len(body)} bytes, not kept)"
