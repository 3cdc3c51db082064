"""The shop's handlers: plain functions, and functions that make them."""

import pytest

RECEIPT = {"to": "grace@example.com", "subject": "Your receipt"}
SENDERS = ["orders@shop.example", "billing@shop.example", "support@shop.example"]


@pytest.mark.chapter("pass-it-in")
def test_send_email_is_a_handler_like_any_other(pyqueue, emails, capsys):
    pyqueue.process(pyqueue.Job("email", RECEIPT), emails.send_email)

    assert "grace@example.com" in capsys.readouterr().out


@pytest.mark.chapter("closures")
def test_making_an_email_handler_sends_nothing_yet(emails, capsys):
    emails.email_handler("orders@shop.example")

    assert capsys.readouterr().out == ""


@pytest.mark.chapter("closures")
def test_an_email_handler_remembers_its_sender(emails, capsys):
    handler = emails.email_handler("orders@shop.example")

    handler(RECEIPT)

    assert "orders@shop.example" in capsys.readouterr().out


@pytest.mark.chapter("closures")
def test_an_email_handler_sends_what_the_payload_says(emails, capsys):
    handler = emails.email_handler("orders@shop.example")

    handler(RECEIPT)

    printed = capsys.readouterr().out
    assert [text for text in RECEIPT.values() if text not in printed] == []


@pytest.mark.chapter("closures")
def test_two_email_handlers_keep_their_senders_apart(emails, capsys):
    orders = emails.email_handler("orders@shop.example")
    emails.email_handler("billing@shop.example")

    orders(RECEIPT)

    assert "billing@shop.example" not in capsys.readouterr().out


@pytest.mark.chapter("closures")
def test_an_email_handler_leaves_the_payload_as_it_was(emails):
    payload = dict(RECEIPT)

    emails.email_handler("orders@shop.example")(payload)

    assert payload == RECEIPT


@pytest.mark.chapter("late-binding")
def test_there_is_one_handler_for_each_sender(emails):
    handlers = emails.email_handlers(SENDERS)

    assert sorted(handlers) == sorted(SENDERS)


@pytest.mark.chapter("late-binding")
@pytest.mark.parametrize("sender", SENDERS)
def test_each_handler_made_in_a_loop_keeps_the_sender_of_its_own_turn(emails, capsys, sender):
    handlers = emails.email_handlers(SENDERS)

    handlers[sender](RECEIPT)

    printed = capsys.readouterr().out
    assert [each for each in SENDERS if each in printed] == [sender]


@pytest.mark.chapter("late-binding")
def test_making_many_handlers_sends_nothing_yet(emails, capsys):
    emails.email_handlers(SENDERS)

    assert capsys.readouterr().out == ""


@pytest.mark.chapter("late-binding")
def test_senders_can_come_from_anything_that_can_be_looped_over(emails):
    handlers = emails.email_handlers(sender for sender in SENDERS)

    assert sorted(handlers) == sorted(SENDERS)
