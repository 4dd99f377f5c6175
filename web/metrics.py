"""The SDK's runtime, and its endpoint from which Prometheus reads the SDK's metrics and ours."""

import logging

from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from activities.metrics import BUCKETS

CORE_LOGGER = "temporalio.core"


def open_runtime(metrics_address: str | None) -> Runtime:
    """Serves `/metrics` at the address (`127.0.0.1:9464`, `[::]:9464`) as long as it lives; no
    address, no endpoint. What the SDK's core has to say goes to Python's logging.

    Raises OSError when the address cannot be had.
    """
    try:
        return Runtime(telemetry=_telemetry(metrics_address))
    except ValueError as error:
        raise OSError(f"metrics at {metrics_address}: {error}") from error


def _telemetry(metrics_address: str | None) -> TelemetryConfig:
    logs = LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"),
        forwarding=LogForwardingConfig(
            logging.getLogger(CORE_LOGGER),
            append_target_to_name=False,
            prepend_target_on_message=False,
        ),
    )
    if metrics_address is None:
        return TelemetryConfig(logging=logs)
    metrics = PrometheusConfig(
        bind_address=metrics_address,
        durations_as_seconds=True,
        counters_total_suffix=True,
        unit_suffix=True,
        histogram_bucket_overrides=BUCKETS,
    )
    return TelemetryConfig(logging=logs, metrics=metrics)
