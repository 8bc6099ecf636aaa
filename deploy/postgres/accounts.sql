-- One role a service, which owns its own database and can connect to no other. Safe to repeat, and it takes over databases that another role made.
-- For psql, as a superuser; deploy/accounts/make puts the passwords before it. Variables: databases and roles, what their names begin with (autodev_, nothing).
\set ON_ERROR_STOP on
\set QUIET on
\if :{?databases} \else \set databases autodev_ \endif
\if :{?roles} \else \set roles '' \endif
set log_statement = 'none';
set client_min_messages = warning;

create temporary table account as
select :'roles' || word as role, :'databases' || word as database, password from (values
  ('reflection', :'reflection'), ('memento', :'memento'), ('evolver', :'evolver'), ('sandboxrunner', :'sandboxrunner'),
  ('fitness', :'fitness'), ('governance', :'governance'), ('console', :'console')) service (word, password);

select format('create role %I', role) from account where role not in (select rolname from pg_roles) \gexec
select format('alter role %I login nosuperuser nocreatedb nocreaterole noreplication password %L', role, password) from account \gexec
select format('create database %I', database) from account where database not in (select datname from pg_database) \gexec
select format('alter database %I owner to %I', database, role) from account \gexec

-- Everybody may connect to a new database unless told otherwise.
select format('revoke all on database %I from public', database) from account \gexec

-- Several times as fast as PostgreSQL's own way for what is larger than 2 KB. Not every build has it.
select format('alter database %I set default_toast_compression = %L', database, 'lz4') from account
where exists (select from pg_settings where name = 'default_toast_compression' and 'lz4' = any(enumvals)) \gexec

-- What an earlier installation's one account made.
\set own 'select format($$alter %s %s owner to %I$$, what, name, (select datdba::regrole::text from pg_database where datname = current_database())) from (select $$table$$, oid::regclass::text, relowner from pg_class where relnamespace = $$public$$::regnamespace and relkind in ($$r$$, $$p$$, $$v$$, $$m$$) union all select $$sequence$$, oid::regclass::text, relowner from pg_class s where relnamespace = $$public$$::regnamespace and relkind = $$S$$ and not exists (select from pg_depend where objid = s.oid and deptype in ($$a$$, $$i$$)) union all select $$routine$$, oid::regprocedure::text, proowner from pg_proc where pronamespace = $$public$$::regnamespace) thing (what, name, owner) where owner <> (select datdba from pg_database where datname = current_database())'
\set database :databases reflection
\connect :database
:own \gexec
\set database :databases memento
\connect :database
:own \gexec
\set database :databases evolver
\connect :database
:own \gexec
\set database :databases sandboxrunner
\connect :database
:own \gexec
\set database :databases fitness
\connect :database
:own \gexec
\set database :databases governance
\connect :database
:own \gexec
\set database :databases console
\connect :database
:own \gexec
