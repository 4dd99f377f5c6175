"""Where language models are asked. Apart from providers.py, which takes long to load."""

from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import SecretStr


@dataclass(frozen=True)
class ProviderSite:
    """`patience` is for one whole answer."""

    name: str
    base_url: str
    model: str
    patience: timedelta
    key: SecretStr | None = field(default=None, repr=False)
