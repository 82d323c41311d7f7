"""What is shown, kept and sent holds no password, token or key, whoever said it."""

import pytest

from windage.errors import DeliveryFailed, InvalidInput, SpecError, StoreUnavailable
from windage.masking import without_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "queue: postgresql+psycopg://ann:p@s/s@db:5432/q # ann@x",
            "queue: postgresql+psycopg://ann:***@db:5432/q # ann@x",
        ),
        ("got 'redis://:hunter2@h', 'a://b:c@d'", "got 'redis://:***@h', 'a://b:***@d'"),
        ("'postgresql:///q?sslpassword=x&user=y'", "'postgresql:///q?sslpassword=***&user=y'"),
        ("sc://host:15002/;use_ssl=true;token=abc", "sc://host:15002/;use_ssl=true;token=***"),
        ("https://x.net/a?sv=1&sig=ab%2Bc&x=1", "https://x.net/a?sv=1&sig=***&x=1"),
        (
            "https://b.s3.aws.com/k?X-Amz-Signature=0a1b&X-Amz-Date=2",
            "https://b.s3.aws.com/k?X-Amz-Signature=***&X-Amz-Date=2",
        ),
        ("get 'https://x.net/?api_key=abc' and ?key=abc", "get 'https://x.net/?api_key=***' and ?key=***"),
        ("secret=abc, API-Key=abc", "secret=*** API-Key=***"),
        ("AccountName=lake;AccountKey=abc==;EndpointSuffix=x", "AccountName=lake;AccountKey=***;EndpointSuffix=x"),
        ("https://ghp_123@github.com/x", "https://***@github.com/x"),
        ("to https://hooks.slack.com/services/T0/B0/x.", "to https://hooks.slack.com/***"),
        ('s3://AKIA:hunter2@logs: bad name "AKIA:hunter2@logs"', 's3://AKIA:***@logs: bad name "AKIA:***@logs"'),
        ("ftp://u:p%40ss@h could not be listed: p@ss is wrong", "ftp://u:***@h could not be listed: *** is wrong"),
        ("s3://lake/customer_key=5/token=3/x, a monkey=3", "s3://lake/customer_key=5/token=3/x, a monkey=3"),
        ("abfs://logs@lake.windows.net/x, mail a@b.c", "abfs://logs@lake.windows.net/x, mail a@b.c"),
    ],
)
def test_no_secret_is_shown(text, shown):
    assert without_secrets(text) == shown
    assert without_secrets(shown) == shown


@pytest.mark.parametrize("kind", [InvalidInput, SpecError, StoreUnavailable, DeliveryFailed])
def test_no_error_says_a_secret(kind):
    error = kind("https://ann:hunter2@host did not answer: hunter2 is wrong")
    assert str(error) == "https://ann:***@host did not answer: *** is wrong"
    assert "hunter2" not in repr(error)
