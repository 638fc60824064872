"""The style sheet: it fetches nothing, cannot end its element, and is readable in both colour schemes."""

from __future__ import annotations

import re

from demijohn.debug.style import STYLE


def test_it_fetches_nothing_and_stays_in_its_element() -> None:
    assert not re.search(r"url\(|@import|@font-face|</", STYLE)


def luminance(colour: str) -> float:
    digits = colour * 2 if len(colour) == 3 else colour
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_text_has_contrast_in_light_and_dark() -> None:
    light, dark = (dict(re.findall(r"--(\w+): #([0-9a-f]+)", part)) for part in STYLE.split("@media", 2)[:2])

    for colours in (light, dark):
        for text in ("ink", "faint", "red", "link"):
            for ground in ("paper", "wash", "mark") if text == "ink" else ("paper", "wash"):
                bright, dim = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
                assert (bright + 0.05) / (dim + 0.05) >= 4.5, (text, ground)  # WCAG 2.2, 1.4.3
