"""One frozen Settings object, read once from ``kiban.toml`` and the environment."""

import os
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as PydanticSettingsError

from coverage.options import CoverageOptions
from geodata.errors import SettingsError
from geodata.filings import CheckOptions, Limits, Tolerances, read_waivers


class Settings(BaseSettings):
    """What a run reads, where it works and where it publishes.

    Values come from, first found wins: the command line, environment variables
    ``KIBAN_<NAME>``, the file ``kiban.toml`` in the current folder, the defaults.
    ``filing_limits``, ``filing_tolerances`` and ``coverage`` are tables of the file; in
    the environment they are ``KIBAN_FILING_LIMITS__MAX_RATIO`` and so on.
    """

    model_config = SettingsConfigDict(
        env_prefix="KIBAN_",
        env_nested_delimiter="__",
        toml_file="kiban.toml",
        frozen=True,
        extra="forbid",
    )

    filings: Annotated[tuple[Path, ...], NoDecode] = Field(
        default=(),
        description="filings, or folders of filings; none: the built-in scenario",
    )
    target_meshes: Path | None = Field(
        default=None, description="target-mesh list; none: the derived rule"
    )
    waivers: Path | None = Field(
        default=None, description="TOML file of the ministry's waivers; none: no waiver"
    )
    accept_repairs: bool = Field(
        default=False, description="use repaired coverage geometry of the filings"
    )
    filing_limits: Limits = Field(
        default=Limits(), description="sizes above which a filing is refused unread"
    )
    filing_tolerances: Tolerances = Field(
        default=Tolerances(), description="how far values may lie apart unremarked"
    )
    coverage: CoverageOptions = Field(
        default=CoverageOptions(),
        description="how population coverage is counted where there is a choice",
    )
    model_areas: bool = Field(
        default=True,
        description="estimate the areas of carriers that filed stations alone",
    )
    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        description="threads that lay coverage areas on cells; results do not differ",
    )
    sources: Path | None = Field(
        default=None, description="folder of official and other source files"
    )
    as_of: date | None = Field(
        default=None,
        ge=date(2019, 4, 1),  # the fiscal year in which 5G service began
        le=date(2036, 3, 31),  # the end of the last plan year the format knows
        description="none: latest as_of among the accepted filings",
    )
    workspace: Path = Field(default=Path("workspace"), description="tables of a run")
    out: Path = Field(default=Path("releases"), description="folder of releases")
    stage_retries: int = Field(
        default=2,
        ge=0,
        description="retries of a stage after an operating-system error",
    )
    retry_delay_seconds: float = Field(default=2.0, ge=0)
    prefect_startup_timeout_seconds: int = Field(
        default=120, ge=1, description="wait for Prefect's local server"
    )

    @field_validator("filings", mode="before")
    @classmethod
    def _split_paths(cls, value: object) -> object:
        """Paths of an environment variable, parted as the system parts them."""
        return value.split(os.pathsep) if isinstance(value, str) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line, then environment, then ``kiban.toml``."""
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))


def read_settings(**given: Any) -> Settings:  # noqa: ANN401 - typed by Settings
    """Settings with what the caller gave; None counts as not given.

    Raises
    ------
    SettingsError
        A name is unknown, or a value does not fit it.
    """
    wanted = {key: value for key, value in given.items() if value is not None}
    try:
        return Settings(**wanted)
    except (PydanticSettingsError, ValueError) as error:
        raise SettingsError(
            f"The settings cannot be used; see kiban.toml and KIBAN_*: {error}"
        ) from error


def check_options(settings: Settings) -> CheckOptions:
    """What a check of filings depends on, as the settings say.

    Parameters
    ----------
    settings : Settings
        Their limits, tolerances, file of waivers and consent to repairs.

    Raises
    ------
    SettingsError
        The file of waivers cannot be used; every fault of it is named.
    """
    return CheckOptions(
        limits=settings.filing_limits,
        tolerances=settings.filing_tolerances,
        waivers=() if settings.waivers is None else read_waivers(settings.waivers),
        accept_repairs=settings.accept_repairs,
    )
