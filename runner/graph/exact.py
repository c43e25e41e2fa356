"""Types that convert nothing, not even "5" or "yes": reading and writing a file changes nothing."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Truth = Annotated[bool, Field(strict=True)]
Whole = Annotated[int, Field(strict=True)]
# Whole numbers stay whole.
Number = Whole | Annotated[float, Field(strict=True)]
