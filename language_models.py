"""Which language models the settings lead to, in the order in which they are asked."""

from datetime import timedelta

from clients.llm.sites import ProviderSite
from settings import Settings

LOCAL_PATIENCE, GROQ_PATIENCE = timedelta(seconds=10), timedelta(seconds=15)


def model_sites(settings: Settings) -> list[ProviderSite]:
    """An empty key is none."""
    sites = []
    if (url := settings.slipway_llm_local_url) is not None:
        model, key = settings.slipway_llm_local_model, settings.slipway_llm_local_key
        sites.append(ProviderSite("local", url, model, LOCAL_PATIENCE, key or None))
    if key := settings.groq_api_key:
        url, model = settings.slipway_llm_groq_url, settings.slipway_llm_groq_model
        sites.append(ProviderSite("groq", url, model, GROQ_PATIENCE, key))
    return sites
