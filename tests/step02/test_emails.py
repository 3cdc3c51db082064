"""The shop's handlers: plain functions, and functions that make them."""

import pytest

SENDERS = ["orders@shop.example", "billing@shop.example", "support@shop.example"]


def receipt():
    return {"to": "grace@example.com", "subject": "Your receipt"}


@pytest.mark.chapter("which-way")
def test_the_queue_itself_does_not_know_how_to_send_an_email(pyqueue):
    assert not hasattr(pyqueue, "send_email")


@pytest.mark.chapter("which-way")
def test_the_email_code_is_not_in_the_queue_under_another_name(pyqueue, emails):
    assert emails.send_email not in vars(pyqueue).values()


@pytest.mark.chapter("which-way")
def test_send_email_is_a_handler_like_any_other(pyqueue, emails, capsys):
    pyqueue.process(pyqueue.Job("email", receipt()), emails.send_email)

    assert "grace@example.com" in capsys.readouterr().out


@pytest.mark.chapter("which-way")
def test_send_email_sends_what_the_payload_says(emails, capsys):
    emails.send_email(receipt())

    printed = capsys.readouterr().out
    assert [text for text in receipt().values() if text not in printed] == []


@pytest.mark.chapter("which-way")
def test_send_email_leaves_the_payload_as_it_was(emails):
    payload = receipt()

    emails.send_email(payload)

    assert payload == receipt()


@pytest.mark.chapter("which-way")
def test_send_email_cannot_do_without_an_address(emails):
    with pytest.raises((LookupError, ValueError)):
        emails.send_email({"subject": "Your receipt"})


@pytest.mark.chapter("closures")
def test_making_an_email_handler_sends_nothing_yet(emails, capsys):
    emails.email_handler("orders@shop.example")

    assert capsys.readouterr().out == ""


@pytest.mark.chapter("closures")
def test_an_email_handler_remembers_its_sender(emails, capsys):
    handler = emails.email_handler("orders@shop.example")

    handler(receipt())

    assert "orders@shop.example" in capsys.readouterr().out


@pytest.mark.chapter("closures")
def test_an_email_handler_sends_what_the_payload_says(emails, capsys):
    handler = emails.email_handler("orders@shop.example")

    handler(receipt())

    printed = capsys.readouterr().out
    assert [text for text in receipt().values() if text not in printed] == []


@pytest.mark.chapter("closures")
def test_an_email_handler_sends_one_email(emails, capsys):
    emails.email_handler("orders@shop.example")(receipt())

    assert capsys.readouterr().out.count("Your receipt") == 1


@pytest.mark.chapter("closures")
def test_an_email_handler_cannot_do_without_an_address(emails):
    handler = emails.email_handler("orders@shop.example")

    with pytest.raises((LookupError, ValueError)):
        handler({"subject": "Your receipt"})


@pytest.mark.chapter("closures")
def test_two_email_handlers_keep_their_senders_apart(emails, capsys):
    orders = emails.email_handler("orders@shop.example")
    emails.email_handler("billing@shop.example")

    orders(receipt())

    assert "billing@shop.example" not in capsys.readouterr().out


@pytest.mark.chapter("closures")
def test_an_email_handler_leaves_the_payload_as_it_was(emails):
    payload = receipt()

    emails.email_handler("orders@shop.example")(payload)

    assert payload == receipt()


@pytest.mark.chapter("late-binding")
def test_there_is_one_handler_for_each_sender(emails):
    handlers = emails.email_handlers(SENDERS)

    assert sorted(handlers) == sorted(SENDERS)


@pytest.mark.chapter("late-binding")
@pytest.mark.parametrize("sender", SENDERS)
def test_each_handler_made_in_a_loop_keeps_the_sender_of_its_own_turn(emails, capsys, sender):
    handlers = emails.email_handlers(SENDERS)

    handlers[sender](receipt())

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
