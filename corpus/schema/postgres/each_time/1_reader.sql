-- The login that reads for chats, also where the database was put back on another server.
DO $$
DECLARE
    s library.secret;
BEGIN
    SELECT * INTO STRICT s FROM library.secret;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = s.reader) THEN
        EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT PASSWORD %L', s.reader, s.password);
        EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', s.reader);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA library TO %I', s.reader);
    EXECUTE format('GRANT SELECT ON library.document, library.reference, library.seal TO %I', s.reader);
    -- A database that was put back without its logins has given these to everybody again.
    REVOKE ALL ON FUNCTION library.readable(), library.enter(TEXT) FROM PUBLIC;
    EXECUTE format('GRANT EXECUTE ON FUNCTION library.readable(), library.enter(TEXT) TO %I', s.reader);
    -- These are the database owner's to give; another user only gets a warning.
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), s.reader);
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END
$$;
