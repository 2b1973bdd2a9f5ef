SET LOCAL search_path = inbox;

-- Calls of the Bot API that are under way, or were until a moment ago. `until`: when the chat may forget it.
CREATE TABLE call (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chat TEXT COLLATE "C" NOT NULL,
    is_group BOOLEAN NOT NULL,
    counts BOOLEAN NOT NULL,
    begun TIMESTAMPTZ NOT NULL,
    ended TIMESTAMPTZ,
    until TIMESTAMPTZ NOT NULL
);
CREATE INDEX call_chat ON call (chat, ended);
CREATE INDEX call_until ON call (until);
-- When a chat's next call would go if every one kept its distance (private chats), and what Telegram asked it to wait for.
CREATE TABLE due (chat TEXT COLLATE "C" PRIMARY KEY, at TIMESTAMPTZ NOT NULL, held TIMESTAMPTZ NOT NULL DEFAULT '-infinity');

-- A number: the call goes now. Else it is to wait so many seconds, as all calls are or those to this chat.
CREATE FUNCTION begin_call(
    whose TEXT, is_group BOOLEAN, counts BOOLEAN, most INT, seconds FLOAT8, most_in_chat INT, seconds_in_chat FLOAT8,
    lost FLOAT8, OUT number BIGINT, OUT wait FLOAT8, OUT everybody BOOLEAN
) LANGUAGE plpgsql SET search_path = inbox AS $$
#variable_conflict use_variable
DECLARE
    now_ TIMESTAMPTZ;
    taken INT;
    oldest TIMESTAMPTZ;
    due_ TIMESTAMPTZ;
    held_ TIMESTAMPTZ;
BEGIN
    -- What a crash of the server takes away here, it takes longer to come back.
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM pg_advisory_xact_lock(hashtext('trichdan pace'));
    now_ := clock_timestamp();
    everybody := true;
    wait := seconds - extract(epoch FROM now_ - pg_postmaster_start_time());
    IF wait > 0 THEN RETURN; END IF;
    everybody := false;
    DELETE FROM call WHERE until <= now_;
    SELECT at, held INTO due_, held_ FROM due WHERE due.chat = whose;
    IF held_ > now_ THEN
        wait := extract(epoch FROM held_ - now_);
        RETURN;
    END IF;
    IF is_group THEN
        SELECT count(*), min(ended) INTO taken, oldest FROM call
            WHERE call.chat = whose AND call.counts
            AND (ended > now_ - make_interval(secs => seconds_in_chat)
                OR ended IS NULL AND begun > now_ - make_interval(secs => seconds_in_chat + lost));
        wait := CASE WHEN taken < most_in_chat THEN 0
            ELSE coalesce(extract(epoch FROM oldest - now_) + seconds_in_chat, seconds_in_chat) END;
    ELSE
        wait := coalesce(extract(epoch FROM due_ - now_) - (most_in_chat - 1) * seconds_in_chat, 0);
    END IF;
    IF wait > 0 THEN RETURN; END IF;
    everybody := true;
    SELECT count(*), min(ended) INTO taken, oldest FROM call
        WHERE ended > now_ - make_interval(secs => seconds)
        OR ended IS NULL AND begun > now_ - make_interval(secs => lost);
    wait := CASE WHEN taken < most THEN 0
        ELSE coalesce(extract(epoch FROM oldest - now_) + seconds, seconds / 10) END;
    IF wait > 0 THEN RETURN; END IF;
    wait := 0;
    INSERT INTO call (chat, is_group, counts, begun, until)
        VALUES (whose, is_group, counts, now_, now_ + make_interval(secs => seconds_in_chat + lost))
        RETURNING call.number INTO number;
    IF counts AND NOT is_group THEN
        INSERT INTO due (chat, at) VALUES (whose, now_ + make_interval(secs => seconds_in_chat))
            ON CONFLICT (chat) DO UPDATE SET at = greatest(due.at, now_) + make_interval(secs => seconds_in_chat);
        IF number % 1000 = 0 THEN DELETE FROM due WHERE at < now_ AND held < now_; END IF;
    END IF;
END $$;

-- The call is through. To a private chat the next keeps its distance from here.
CREATE FUNCTION end_call(which BIGINT, distance FLOAT8) RETURNS void LANGUAGE plpgsql SET search_path = inbox AS $$
DECLARE
    now_ TIMESTAMPTZ := clock_timestamp();
    whose TEXT;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE call SET ended = now_, until = greatest(until, now_ + (until - begun)) WHERE number = which
        RETURNING CASE WHEN counts AND NOT is_group THEN chat END INTO whose;
    UPDATE due SET at = greatest(at, now_ + make_interval(secs => distance)) WHERE chat = whose;
END $$;

-- Telegram asks this chat to wait.
CREATE FUNCTION hold_calls(whose TEXT, seconds FLOAT8) RETURNS void LANGUAGE sql SET search_path = inbox AS $$
    INSERT INTO due (chat, at, held)
        VALUES (whose, clock_timestamp(), clock_timestamp() + make_interval(secs => seconds))
        ON CONFLICT (chat) DO UPDATE SET held = greatest(due.held, excluded.held)
$$;
