"""The values that reading one statement gives: its kind, what it does, and the parts of session statements."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from workspaces.sql.lexer import Token

Span = tuple[int, int]
Chain = tuple[str, ...]


class StatementKind(StrEnum):
    """What a statement is, by its words; `UNKNOWN` is refused by the guard."""

    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    MERGE = "merge"
    TRUNCATE = "truncate"
    COPY = "copy"
    COPY_DATABASE = "copy_database"
    CREATE = "create"
    CREATE_TABLE_AS = "create_table_as"
    DROP = "drop"
    ALTER = "alter"
    COMMENT = "comment"
    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    SAVEPOINT = "savepoint"
    RELEASE = "release"
    ROLLBACK_TO = "rollback_to"
    SET_TRANSACTION = "set_transaction"
    SET_CONSTRAINTS = "set_constraints"
    PREPARE_TRANSACTION = "prepare_transaction"
    SET = "set"
    RESET = "reset"
    SET_VARIABLE = "set_variable"
    SET_ROLE = "set_role"
    SHOW = "show"
    DISCARD = "discard"
    PREPARE = "prepare"
    EXECUTE = "execute"
    DEALLOCATE = "deallocate"
    DECLARE = "declare"
    FETCH = "fetch"
    MOVE = "move"
    CLOSE = "close"
    LISTEN = "listen"
    NOTIFY = "notify"
    UNLISTEN = "unlisten"
    LOCK = "lock"
    EXPLAIN = "explain"
    VACUUM = "vacuum"
    ANALYZE = "analyze"
    CHECKPOINT = "checkpoint"
    CALL = "call"
    PRAGMA = "pragma"
    DO = "do"
    GRANT = "grant"
    REVOKE = "revoke"
    ATTACH = "attach"
    DETACH = "detach"
    USE = "use"
    EXPORT = "export"
    IMPORT = "import"
    INSTALL = "install"
    LOAD = "load"
    UPDATE_EXTENSIONS = "update_extensions"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Begin:
    """BEGIN or START TRANSACTION; None where the client left a mode to its default."""

    read_only: bool | None = None
    isolation: str | None = None
    deferrable: bool | None = None


@dataclass(frozen=True, slots=True)
class End:
    """COMMIT or ROLLBACK of the whole block."""

    chain: bool = False


@dataclass(frozen=True, slots=True)
class Savepoint:
    """The name in SAVEPOINT, RELEASE and ROLLBACK TO."""

    name: str


@dataclass(frozen=True, slots=True)
class SetTransaction:
    """SET TRANSACTION, or SET SESSION CHARACTERISTICS with `is_session`; `snapshot` holds the id of SNAPSHOT."""

    read_only: bool | None = None
    isolation: str | None = None
    deferrable: bool | None = None
    is_session: bool = False
    snapshot: str | None = None


@dataclass(frozen=True, slots=True)
class Set:
    """SET name: the name in lower case; `values` is None for DEFAULT; `is_global` is DuckDB's SET GLOBAL.

    Words are folded to lower case as PostgreSQL does, strings and quoted names are as written, numbers are text.
    """

    name: str
    values: tuple[str, ...] | None
    is_local: bool = False
    is_global: bool = False


@dataclass(frozen=True, slots=True)
class SetRole:
    """SET ROLE or SET SESSION AUTHORIZATION; `role` is None for DEFAULT and NONE."""

    role: str | None
    is_session_authorization: bool = False


@dataclass(frozen=True, slots=True)
class Reset:
    """RESET name, in lower case; `all` for RESET ALL."""

    name: str
    is_global: bool = False


@dataclass(frozen=True, slots=True)
class Show:
    """SHOW of a setting or of the engine's lists: the words in lower case, one space between them (`all tables`).

    `is_engine_list` tells DuckDB's SHOW TABLES and its kin. A name may be a setting or a table: the server routes it.
    """

    name: str
    is_engine_list: bool = False


@dataclass(frozen=True, slots=True)
class Discard:
    """all, plans, sequences or temp."""

    target: str


@dataclass(frozen=True, slots=True)
class Prepare:
    """PREPARE name (types) AS body; `body` is the span of the statement, types are as written."""

    name: str
    types: tuple[str, ...]
    body: Span


@dataclass(frozen=True, slots=True)
class Execute:
    """EXECUTE name (arguments): the span of each argument's expression."""

    name: str
    arguments: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Deallocate:
    """DEALLOCATE; `name` is None for ALL."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Declare:
    """DECLARE CURSOR; `scroll` is None where the client did not say."""

    name: str
    query: Span
    scroll: bool | None = None
    hold: bool = False
    binary: bool = False
    insensitive: bool = False


@dataclass(frozen=True, slots=True)
class Fetch:
    """FETCH or MOVE: forward, backward, absolute or relative, by `count` rows; None is ALL.

    NEXT is forward 1, PRIOR backward 1, FIRST absolute 1, LAST absolute -1; a negative forward is a backward.
    """

    direction: str
    count: int | None
    cursor: str


@dataclass(frozen=True, slots=True)
class Close:
    """CLOSE; `name` is None for ALL."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Channel:
    """LISTEN, UNLISTEN, NOTIFY; `name` is None for UNLISTEN *."""

    name: str | None
    payload: str | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """COPY: `direction` is from or to; either `target` or the span of `query`; `file` is None for STDIN and STDOUT.

    Options have lower-case names and are those of PostgreSQL's new spelling; an option without a value is "true", a
    list of columns is a tuple. `where` is the span of the condition of COPY FROM.
    """

    direction: str
    target: Chain | None = None
    query: Span | None = None
    columns: tuple[str, ...] = ()
    file: str | None = None
    is_program: bool = False
    options: tuple[tuple[str, str | tuple[str, ...]], ...] = ()
    where: Span | None = None

    def option(self, name: str) -> str | tuple[str, ...] | None:
        return dict(self.options).get(name)


@dataclass(frozen=True, slots=True)
class Lock:
    """LOCK TABLE."""

    tables: tuple[Chain, ...]
    mode: str | None = None


@dataclass(frozen=True, slots=True)
class Explain:
    """EXPLAIN: options with lower-case names, values in lower case, "true" where none was given."""

    options: tuple[tuple[str, str], ...] = ()

    @property
    def is_analyze(self) -> bool:
        return dict(self.options).get("analyze", "false") not in ("false", "off", "0")


@dataclass(frozen=True, slots=True)
class Pragma:
    """PRAGMA name, in lower case; `is_assignment` for PRAGMA name = value."""

    name: str
    is_assignment: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """CREATE, DROP, ALTER or COMMENT ON: the kind of object in upper case (`TABLE`, `MATERIALIZED VIEW`, `MACRO`)."""

    object_type: str
    is_temporary: bool = False
    if_exists: bool = False
    or_replace: bool = False


Detail = (
    Begin | End | Savepoint | SetTransaction | Set | SetRole | Reset | Show | Discard | Prepare | Execute | Deallocate
    | Declare | Fetch | Close | Channel | Copy | Lock | Explain | Pragma | Definition
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as its words tell it, before the engine has seen it.

    `tag` is the command tag without a count; `targets` are the objects that it writes, creates, changes or drops;
    `inner` is the statement inside EXPLAIN, PREPARE, DECLARE, COPY (query), CREATE TABLE AS and CREATE VIEW.
    """

    kind: StatementKind
    tokens: tuple[Token, ...]
    tag: str
    returns_rows: bool = False
    writes: bool = False
    counts_rows: bool = False
    detail: Detail | None = None
    targets: tuple[Chain, ...] = ()
    inner: Statement | None = None

    @property
    def span(self) -> Span:
        return self.tokens[0].start, self.tokens[-1].end
