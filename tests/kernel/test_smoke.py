def test_x(in_northfield):
    from kernel.accounts.models import Account

    a = Account.objects.create(login="a", email="a@b.c")
    assert Account.objects.get() == a
