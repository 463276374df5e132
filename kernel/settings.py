"""Settings: environment variables `STATION_*` or a file `.env`, checked at start."""

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that differs from one installation to another (docs/settings.md lists them)."""

    model_config = SettingsConfigDict(env_prefix="STATION_", env_file=".env", extra="ignore")

    database_url: str = Field(
        default="sqlite:///station.db",
        description="SQLAlchemy URL of the database: sqlite:///FILE or postgresql://…",
    )
    audit_file: Path | None = Field(
        default=None,
        description="SQLite only: the access audit's own file; default beside the database",
    )
    key_file: Path | None = Field(
        default=None,
        description="the key ring, outside the database; default beside it, or station.keys",
    )
    host: str = Field(default="127.0.0.1", description="address that `station serve` listens on")
    port: int = Field(default=8080, ge=0, le=65535, description="port that it listens on")
    base_url: str | None = Field(
        default=None,
        description="public address, e.g. https://station.example.org; default: the request's Host",
    )
    tls_terminated: bool = Field(
        default=False,
        description="a proxy before us speaks TLS; required to listen on anything but loopback",
    )
    cipher: Literal["aes-256-gcm", "sm4-gcm"] = Field(
        default="aes-256-gcm", description="cipher of new keys; old keys keep theirs"
    )
    session_idle_minutes: int = Field(default=15, ge=1, le=480, description="idle time-out")
    session_hours: int = Field(default=12, ge=1, le=24, description="absolute session time-out")
    session_limit: int = Field(
        default=3, ge=1, le=50, description="sessions of one account; one more ends the oldest"
    )
    password_profile: Literal["asvs", "djbh3"] = Field(
        default="asvs",
        description="asvs: long and not common; djbh3: also 3 kinds of signs, changed in 90 days",
    )
    lockout_attempts: int = Field(default=5, ge=2, le=50, description="failures before lock-out")
    lockout_minutes: int = Field(default=15, ge=1, le=1440, description="length of a lock-out")
    audit_retention_months: int = Field(
        default=36, ge=6, description="months for which audit rows are kept (six by law)"
    )
    import_undo_days: int = Field(
        default=7, ge=1, le=90, description="days for which an imported list is kept, to undo it"
    )
    max_body_mb: int = Field(default=50, ge=1, le=512, description="largest request body, in MiB")
    max_page: int = Field(default=500, ge=1, le=5000, description="largest `_count` of a search")
    subscription_hosts: str = Field(
        default="",
        description=(
            "where notifications may be sent, separated by commas: `host` (port 443), `host:port`, "
            "or a network such as `10.20.0.0/16`, without which private addresses are refused"
        ),
    )
    threads: int = Field(default=16, ge=2, le=200, description="worker threads a process")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="least severe log line that is written"
    )

    @field_validator("database_url")
    @classmethod
    def _driver(cls, url: str) -> str:
        if url.startswith(("sqlite:///", "postgresql+psycopg://")):
            return url
        for scheme in ("postgresql://", "postgres://"):
            if url.startswith(scheme):
                return "postgresql+psycopg://" + url.removeprefix(scheme)
        raise ValueError("use sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE")

    def database_path(self) -> Path | None:
        """The SQLite file, or None for PostgreSQL."""
        if self.database_url.startswith("sqlite:///"):
            return Path(self.database_url.removeprefix("sqlite:///"))
        return None

    def audit_path(self) -> Path | None:
        """The access audit's own SQLite file, or None for PostgreSQL."""
        path = self.database_path()
        if path is None:
            return None
        return self.audit_file or path.with_name(path.stem + "-audit.db")

    def keys_path(self) -> Path:
        """The key ring's file."""
        path = self.database_path()
        return self.key_file or (path.with_suffix(".keys") if path else Path("station.keys"))
