"""What was asked is on disk until it is dealt with, once."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.database import INBOX
from bot.inbox import KEEP_ASIDE, KEEP_DONE, Inbox, InboxError, Incoming, Posted, look, look_into, open_inbox, sweep
from bot.settings import Settings
from tests.databases import Databases

pytestmark = pytest.mark.both


def incoming(id: int, person: int = 5) -> Incoming:
    return Incoming(id, person, person, f'{{"update_id": {id}, "said": "bí mật"}}')


@pytest.fixture
def inbox(databases: Databases) -> Iterator[Inbox]:
    inbox = Inbox(databases(INBOX))
    yield inbox
    inbox.close()


async def test_what_is_kept_waits_in_order_until_it_is_done(inbox: Inbox, databases: Databases) -> None:
    assert [u.id for u in await inbox.keep([incoming(3), incoming(1)])] == [3, 1]
    assert [w.id for w in await inbox.waiting()] == [1, 3]
    await inbox.end(1)
    assert [w.id for w in await inbox.waiting()] == [3]
    assert databases(INBOX).rows("SELECT state, body FROM incoming WHERE id = 1") == [("done", None)]


async def test_an_update_offered_again_is_not_new(inbox: Inbox) -> None:
    await inbox.keep([incoming(1)])
    await inbox.end(1)
    await inbox.set_aside(2, "unreadable")
    assert [u.id for u in await inbox.keep([incoming(1), incoming(2), incoming(3)])] == [3]


async def test_attempts_are_counted_on_disk(inbox: Inbox) -> None:
    await inbox.keep([incoming(1)])
    assert [await inbox.begin(1), await inbox.begin(1)] == [1, 2]
    assert [w.tries for w in await inbox.waiting()] == [2]


async def test_a_message_is_new_unsure_or_known(inbox: Inbox, databases: Databases) -> None:
    await inbox.keep([incoming(1)])
    await inbox.begin(1)
    assert await inbox.post(1, 0) == Posted.NEW
    assert [w.tries for w in await inbox.waiting()] == [0]
    assert await inbox.post(1, 0) == Posted.UNSURE
    await inbox.unposted(1, 0)
    assert await inbox.post(1, 0) == Posted.NEW
    await inbox.posted(1, 0, {"message_id": 9, "date": 1, "chat": {"id": 5}, "text": "bí mật"})
    await inbox.unposted(1, 0)
    known = await inbox.post(1, 0)
    assert '"message_id": 9' in known
    assert "bí mật" not in known
    await inbox.end(1)
    assert databases(INBOX).rows("SELECT count(*) FROM posted") == [(0,)]


async def test_what_comes_at_once_is_written_once_and_all_of_it(inbox: Inbox) -> None:
    kept = await asyncio.gather(*(inbox.keep([incoming(n % 300)]) for n in range(600)))
    assert sum(len(k) for k in kept) == 300
    assert len(await inbox.waiting()) == 300


async def test_it_is_all_there_when_opened_again(databases: Databases) -> None:
    first = Inbox(databases(INBOX))
    await first.keep([incoming(1)])
    await first.begin(1)
    first.close()
    second = Inbox(databases(INBOX))
    assert [(w.id, w.tries) for w in await second.waiting()] == [(1, 1)]
    second.close()


async def test_another_bot_s_updates_are_none_of_ours(inbox: Inbox) -> None:
    await inbox.belongs_to(1)
    await inbox.keep([incoming(1)])
    await inbox.belongs_to(1)
    assert await inbox.waiting()
    await inbox.belongs_to(2)
    assert not await inbox.waiting()
    assert await inbox.keep([incoming(1)])


async def test_what_a_person_wrote_can_be_forgotten(inbox: Inbox, databases: Databases) -> None:
    await inbox.keep([incoming(1, 5), incoming(2, 6), incoming(3, 5)])
    await inbox.end(1)
    await inbox.set_aside(2, "x")
    await inbox.set_aside(3, "x")
    await inbox.forget(5)
    assert databases(INBOX).rows("SELECT id FROM incoming") == [(2,)]


async def test_a_disk_that_takes_nothing_is_told_to_everyone_who_waits(inbox: Inbox, databases: Databases) -> None:
    databases.refuse(INBOX, "incoming")
    with pytest.raises(InboxError, match="disk full"):
        await inbox.keep([incoming(1)])
    databases.allow(INBOX, "incoming")
    assert await inbox.keep([incoming(1)])


async def test_of_what_is_written_at_once_one_that_fails_fails_alone(inbox: Inbox, databases: Databases) -> None:
    await inbox.keep([incoming(1)])
    databases.refuse(INBOX, "posted")
    kept, posted, begun = await asyncio.gather(
        inbox.keep([incoming(2)]), inbox.post(1, 0), inbox.begin(1), return_exceptions=True
    )
    assert kept == [incoming(2)]
    assert isinstance(posted, InboxError)
    assert begun == 1
    assert [w.id for w in await inbox.waiting()] == [1, 2]


async def test_a_chat_whose_turn_is_missing_gets_one(inbox: Inbox, databases: Databases) -> None:
    await inbox.keep([incoming(1, 5), incoming(2, 6)])
    database = databases(INBOX)
    for heal in (lambda: asyncio.to_thread(database.write, sweep), lambda: inbox.belongs_to(1)):
        database.execute("DELETE FROM turn")
        assert await inbox.claim("a", 9, 100) == []
        await heal()
        assert [c.chat for c in await inbox.claim("a", 9, 100)] == [5, 6]


async def test_old_rows_are_thrown_away(inbox: Inbox, databases: Databases) -> None:
    await inbox.keep([incoming(n) for n in range(4)])
    await inbox.end(0)
    await inbox.end(1)
    await inbox.set_aside(2, "x")
    database = databases(INBOX)
    database.execute("UPDATE incoming SET at = ? WHERE id IN (0, 3)", time.time() - KEEP_DONE - 1)
    database.execute("UPDATE incoming SET at = ? WHERE id = 2", time.time() - KEEP_ASIDE - 1)
    database.write(sweep)
    assert database.rows("SELECT id FROM incoming ORDER BY id") == [(1,), (3,)]


async def test_the_doctor_sees_what_waits_and_what_was_set_aside(inbox: Inbox, databases: Databases) -> None:
    await inbox.keep([incoming(1), incoming(2)])
    await inbox.begin(2)
    await inbox.set_aside(2, "ValueError")
    waiting, aside = look(databases(INBOX))
    assert waiting == 1
    assert [(a.id, a.tries, a.reason) for a in aside] == [(2, 1, "ValueError")]


def test_an_inbox_that_is_none_is_a_clear_error(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, _env_file=None)
    assert look_into(settings) == (0, [])
    (tmp_path / "inbox.db").write_bytes(b"no database at all" * 100)
    for wrong in (look_into, open_inbox):
        with pytest.raises(InboxError):
            wrong(settings)


async def test_an_inbox_made_by_an_earlier_version_is_read_on(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "inbox.db")) as db:
        # Before there were versions it made its tables where they were missing.
        db.executescript(INBOX.scripts("sqlite")[0])
        db.execute("INSERT INTO incoming (id, at, body) VALUES (7, 1.0, '{}')")
        db.execute("INSERT INTO meta VALUES ('bot', '1')")
        db.commit()
    inbox = open_inbox(Settings(home=tmp_path, _env_file=None))
    await inbox.belongs_to(1)
    assert [w.id for w in await inbox.waiting()] == [7]
    assert [[u.id for u in c.updates] for c in await inbox.claim("a", 9, 100)] == [[7]]
    inbox.close()
