"""Nobody gives away what they have not: who looks after accounts, and is no superuser, stays below their own rights.

Otherwise the right to change accounts would be the right to everything: by a group, by a permission, or by the
password of somebody with more.
"""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q, QuerySet


def permissions_of(user: User) -> set[int]:
    """Ids of what groups and account give, also while the account is locked: it may be opened again."""
    held = Permission.objects.filter(Q(user=user) | Q(group__user=user))
    return set(held.values_list("pk", flat=True))


def permissions_to_give(giver: User) -> QuerySet[Permission]:
    every = Permission.objects.all()
    return every if giver.is_superuser else every.filter(pk__in=permissions_of(giver))


def groups_to_give(giver: User) -> QuerySet[Group]:
    """Those that hold nothing which `giver` has not."""
    groups = Group.objects.order_by("name")
    if giver.is_superuser:
        return groups
    return groups.exclude(permissions__in=Permission.objects.exclude(pk__in=permissions_of(giver)))


def may_touch(giver: User, user: User) -> bool:
    """Whether `giver` may change the account of `user`, whose password would give them its rights."""
    if giver.is_superuser:
        return True
    return not user.is_superuser and permissions_of(user) <= permissions_of(giver)
