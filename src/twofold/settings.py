"""Every setting, with its default and what it is for; read from ``TWOFOLD_*`` environment variables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from twofold.domain.errors import InvalidInput
from twofold.domain.person import Admission

Share = Annotated[float, Field(ge=0, le=1)]


class Settings(BaseSettings):
    """The settings of one installation.

    >>> Settings(data_dir=Path("data")).url
    'sqlite:///data/twofold.db'
    """

    model_config = SettingsConfigDict(env_prefix="TWOFOLD_", extra="forbid", frozen=True)

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("twofold"), description="Folder of the database and the models."
    )
    database_url: str | None = Field(
        default=None, description="Database URL (sqlite:/// or postgresql://); default: SQLite in the data folder."
    )
    host: str = Field(default="127.0.0.1", description="Address the server binds to.")
    port: int = Field(default=8_000, ge=0, le=65_535, description="Port the server binds to; 0 takes a free one.")
    minimum_age: int = Field(default=18, ge=0, le=120, description="People under this age are refused.")
    admit_age_unknown: bool = Field(default=False, description="Admit people whose birth date is not known.")
    list_length: int = Field(default=20, ge=1, le=200, description="People in a list when none is asked for.")
    candidates: int = Field(default=100, ge=1, le=10_000, description="Candidates that stage 1 brings to stage 2.")
    shares: dict[str, Share] = Field(
        default={"collaborative": 0.50, "content": 0.33, "exploration": 0.17},
        description="Share of the candidates per source, in the order in which sources fill up for each other.",
    )
    exploration_share: Share = Field(
        default=0.05, description="Share of list positions that go to people drawn at random."
    )
    list_cache_seconds: float = Field(default=600, ge=0, description="How long a list may be served again.")
    feature_ttl_seconds: float = Field(default=300, ge=0, description="How long a feature checkpoint row counts.")
    impression_sample: Share = Field(default=0.01, description="Share of lists whose feature values are kept.")
    stage_budget_ms: float = Field(
        default=1_000, gt=0, description="A component that takes longer is treated as failed."
    )
    auto_train: bool = Field(
        default=True, description="A running server trains by itself when the first thresholds are reached."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug, info, warning or error."
    )

    @property
    def url(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data_dir / 'twofold.db'}"

    @property
    def models_dir(self) -> Path:
        """Where model artifacts live."""
        return self.data_dir / "models"

    @property
    def admission(self) -> Admission:
        """Who may be admitted."""
        return Admission(self.minimum_age, self.admit_age_unknown)


def load_settings(**overrides: object) -> Settings:
    """The settings of the environment, with overrides that are not None.

    Raises:
        InvalidInput: names the first setting that does not fit, and what was expected.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"setting TWOFOLD_{name.upper()}", first["msg"].lower()) from None
