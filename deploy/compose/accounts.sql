-- Read once, when the database is made: the services' roles and databases, which nobody else may connect to.
\i /run/secrets/accounts.sql
revoke connect on database postgres, template1 from public;
