"""The labels and phrases of the synthetic town; all of them made up, none taken from a person."""

from __future__ import annotations

GENDERS = ("woman", "man", "nonbinary")

# Ten scenes of six interests each: people of one scene share most of theirs.
INTERESTS_BY_SCENE = (
    ("hiking", "climbing", "camping", "trail running", "kayaking", "skiing"),
    ("live music", "guitar", "vinyl", "festivals", "singing", "jazz"),
    ("novels", "poetry", "history", "languages", "museums", "theatre"),
    ("board games", "chess", "video games", "science fiction", "role-playing", "puzzles"),
    ("cooking", "baking", "wine", "coffee", "food markets", "gardening"),
    ("yoga", "meditation", "dancing", "swimming", "pilates", "massage"),
    ("football", "basketball", "tennis", "cycling", "gym", "volleyball"),
    ("painting", "photography", "film", "design", "ceramics", "fashion"),
    ("programming", "electronics", "astronomy", "robots", "start-ups", "maker fairs"),
    ("dogs", "cats", "volunteering", "family", "travel", "road trips"),
)
INTERESTS = tuple(label for scene in INTERESTS_BY_SCENE for label in scene)
SCENES = len(INTERESTS_BY_SCENE)
PER_SCENE = len(INTERESTS_BY_SCENE[0])

_FIRST = ("Alder", "Birch", "Clear", "Dove", "Ember", "Fern", "Gull", "Hazel", "Iron", "Juniper", "Kestrel", "Linden")
_LAST = ("brook", "haven", "mere", "wick", "cliff")
PLACES = tuple(first + last for last in _LAST for first in _FIRST)

OPENINGS = (
    "New in {place} and curious.",
    "Weekends are for {interest}.",
    "I can talk about {interest} for hours.",
    "Happiest where there is {interest}.",
    "{place} is home.",
    "Mostly {interest}, sometimes sleep.",
)
CLOSINGS = (
    "Tell me what you are reading.",
    "Looking for somebody to share {interest} with.",
    "Slow mornings, long walks.",
    "Ask me about my worst trip.",
    "No small talk, please.",
    "Always up for {interest}.",
)
