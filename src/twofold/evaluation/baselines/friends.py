"""Friends of friends: whom those like who like the same people."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix, diags

from twofold.domain.candidate import Doubles, Keys
from twofold.evaluation.baselines.contract import Past


class FriendsOfFriends:
    """Likes of people who like the same people as the viewer.

    A person liked in common counts 1 / (how many like them), so that sharing a star says little; each such friend's
    likes count so much together.
    """

    name = "friends_of_friends"
    what = "liked by people who like the same people"

    def __init__(self, past: Past) -> None:
        likes = past.likes
        shape = (past.people, past.people)
        self._likes = csr_matrix((np.ones(len(likes)), (likes.actor, likes.target)), shape)
        self._likes.data[:] = 1.0  # somebody liked twice is liked
        received = np.asarray(self._likes.sum(axis=0)).ravel()
        self._liked_by = (diags(1 / np.maximum(received, 1)) @ self._likes.T).tocsr()

    def scores(self, viewer: int, candidates: Keys) -> Doubles:
        """(m,) likes by friends, weighted."""
        row = ((self._likes[viewer] @ self._liked_by) @ self._likes).toarray()[0]
        return np.asarray(row[candidates], np.float64)
