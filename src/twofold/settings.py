"""Every setting, with its default and what it is for; read from ``TWOFOLD_*`` environment variables, then the file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_data_path
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from twofold.configuration import ConfigurationFile, file_of, label_of
from twofold.domain.errors import InvalidInput
from twofold.domain.person import Admission

# Enough to find it, too little to hold a secret.
MOST_OF_A_NAME = 32
Share = Annotated[float, Field(ge=0, le=1)]

PRESETS: dict[str, dict[str, float]] = {
    "balanced": {
        "admirers": 0.15,
        "collaborative": 0.30,
        "friends": 0.15,
        "popular": 0.15,
        "content": 0.15,
        "exploration": 0.10,
    },
    "document": {"collaborative": 0.50, "content": 0.33, "exploration": 0.17},
}
# Sources that find people by what they did to the viewer.
TELLING = ("admirers",)


def data_folder() -> Path:
    """The folder of the database and the models where nobody says another."""
    return user_data_path("twofold")


class Settings(BaseSettings):
    """The settings of one installation.

    >>> Settings(data_dir=Path("data")).url
    'sqlite:///data/twofold.db'
    """

    model_config = SettingsConfigDict(env_prefix="TWOFOLD_", extra="forbid", frozen=True)

    data_dir: Path = Field(default_factory=data_folder, description="Folder of the database and the models.")
    database_url: str | None = Field(
        default=None, description="Database URL (sqlite:/// or postgresql://); default: SQLite in the data folder."
    )
    host: str = Field(default="127.0.0.1", description="Address the server binds to.")
    port: int = Field(default=8_000, ge=0, le=65_535, description="Port the server binds to; 0 takes a free one.")
    minimum_age: int = Field(default=18, ge=0, le=120, description="People under this age are refused.")
    admit_age_unknown: bool = Field(default=False, description="Admit people whose birth date is not known.")
    list_length: int = Field(default=20, ge=1, le=200, description="People in a list when none is asked for.")
    candidates: int = Field(default=100, ge=1, le=10_000, description="Candidates that stage 1 brings to stage 2.")
    shares: dict[str, Share] | Literal["balanced", "document"] = Field(
        default="balanced",
        description="Share of the candidates per source, in the order in which sources fill up for each other; or a "
        "preset: balanced, or document (the founding document's 50 % collaborative, 33 % content, 17 % chance).",
    )
    utility: Literal["product", "harmonic", "min", "one-sided"] = Field(
        default="product",
        description="How P(viewer likes candidate) and P(candidate likes viewer) make the score that orders a list.",
    )
    relevance: bool = Field(
        default=True,
        description="A model's relevance head takes the part of the score that its training chose; without it the "
        "utility is all of it.",
    )
    discreet: bool = Field(
        default=False,
        description="Nothing in a list depends on who already likes the viewer, its order neither: lists get worse.",
    )
    exposure_cap: int | None = Field(
        default=None, ge=1, description="Nobody is shown more often than this in a period, over all viewers."
    )
    exposure_period_days: int = Field(default=1, ge=1, le=365, description="Length of that period in UTC days.")
    exposure_pacing: float = Field(
        default=0.2,
        ge=0,
        le=100,
        description="How strongly a cap holds back people who are used up faster than the period passes; 0 does not.",
    )
    ranker: Literal["logistic", "gbdt"] = Field(
        default="logistic", description="Type of the second stage that a training fits (gbdt needs the extra gbdt)."
    )
    features: str = Field(default="v2", description="Feature version that a training's second stage reads.")
    feature_delay_days: float = Field(
        default=1.0,
        ge=0,
        le=365,
        description="By how much features look back in training from decisions that answer no list that was shown.",
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
    snapshot_after: int = Field(
        default=500_000,
        ge=1,
        description="After so many changes that a server has followed, a new snapshot of everyone is made.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="debug, info, warning or error."
    )

    @field_validator("shares", mode="before")
    @classmethod
    def _usable_shares(cls, value: object) -> object:
        """Refused here, in words of ours: what is neither a preset nor shares, and shares of nobody."""
        if isinstance(value, str) and value in PRESETS:
            return value
        figures: list[Any] = list(value.values()) if isinstance(value, dict) else [None]
        numbers = all(isinstance(each, int | float) and 0 <= each <= 1 for each in figures)
        if not numbers or not sum(figures) > 0:
            raise ValueError(f"{', '.join(PRESETS)}, or a share from 0 to 1 per source, at least one above 0")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given comes before the environment, and that before the configuration file."""
        given, environment = init_settings(), env_settings()  # all but the file, which lies in the folder
        folder = given.get("data_dir") or environment.get("data_dir") or data_folder()
        return init_settings, env_settings, ConfigurationFile(settings_cls, file_of(Path(folder)))

    @property
    def configuration_file(self) -> Path:
        """Where the configuration file is, or would be."""
        return file_of(self.data_dir)

    @property
    def url(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data_dir / 'twofold.db'}"

    @property
    def quotas(self) -> dict[str, float]:
        """Share of the candidates per source."""
        shares = PRESETS[self.shares] if isinstance(self.shares, str) else self.shares
        return {name: share for name, share in shares.items() if not (self.discreet and name in TELLING)}

    @property
    def snapshots_dir(self) -> Path:
        """Where snapshots of everyone live."""
        return self.data_dir / "snapshots"

    @property
    def models_dir(self) -> Path:
        """Where model artifacts live."""
        return self.data_dir / "models"

    @property
    def admission(self) -> Admission:
        """Who may be admitted."""
        return Admission(self.minimum_age, self.admit_age_unknown)


def load_settings(**overrides: object) -> Settings:
    """The settings of the environment and the configuration file, with overrides that are not None.

    Raises:
        InvalidInput: names the first setting that does not fit, where it came from, and what was expected.
        NotFound: there is no file where TWOFOLD_CONFIG says.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        field, *rest = (str(part)[:MOST_OF_A_NAME] for part in first["loc"])
        named = any(name.upper() == f"TWOFOLD_{field.upper()}" for name in os.environ)
        if field in given or named:  # a default is never wrong, so all else is the file's
            raise InvalidInput(
                f"setting {'.'.join([f'TWOFOLD_{field.upper()}', *rest])}", _words(first["msg"])
            ) from None
        what = "the name of a setting in lower case" if first["type"] == "extra_forbidden" else _words(first["msg"])
        raise InvalidInput(label_of(".".join([field, *rest])), what) from None


def _words(message: str) -> str:
    """What was expected, without the library's own heading."""
    return message.removeprefix("Value error, ").lower()
