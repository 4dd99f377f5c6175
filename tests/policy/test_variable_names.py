"""Variables that are nearly ours."""

from policy.variable_names import not_heeded

KNOWN = ["SLIPWAY_ENCRYPTION_KEYS", "SLIPWAY_ENV", "SLIPWAY_USER", "PORT"]


def test_of_a_name_that_nobody_reads_the_nearest_one_is_said() -> None:
    assert not_heeded(["SLIPWAY_ENCRYPTON_KEYS"], KNOWN) == [
        "the variable SLIPWAY_ENCRYPTON_KEYS has no effect on Slipway, which knows none of that "
        "name. Is SLIPWAY_ENCRYPTION_KEYS meant?"
    ]
    (line,) = not_heeded(["SLIPWAY_FOO", "SLIPWAY_FOO"], KNOWN)
    assert line.endswith("`.env.example` has all that there are")


def test_what_is_read_somewhere_and_what_is_of_others_is_nobodys_concern() -> None:
    given = ["SLIPWAY_ENV", "slipway_user", "SLIPWAY_IMAGE", "SLIPWAY_PHASE", "RAILWAY_FOO", "HOME"]
    assert not_heeded([*given, "SLIPWAYS", "TEMPORAL_FOO"], KNOWN) == []
