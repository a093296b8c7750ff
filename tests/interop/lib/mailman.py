"""mailman - the handlers of GNU Mailman 3 that change a message, as they are.

Only their own files are needed, from Debian's package mailman3 (installed, or
unpacked and named by MAILMAN=DIR); all that they import is stood in for.
Raises ImportError when they are not there.
"""

import importlib.util
import os
import sys
import types
from contextlib import contextmanager
from types import SimpleNamespace

PLACES = [os.environ.get("MAILMAN", ""), "/usr/lib/python3/dist-packages"]

FOOTER = """\
_______________________________________________
Talk mailing list -- talk@list.example
To unsubscribe send an email to talk-leave@list.example
"""


class Anything(types.ModuleType):
    """A module that has every name; what it has can be called, too."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Thing()


class Thing:
    def __call__(self, *args, **kwargs):
        return args[0] if len(args) == 1 and callable(args[0]) else self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Thing()

    def __iter__(self):
        return iter(())

    def __eq__(self, other):
        return False


class Words:
    """The translator of a language that is English."""

    @contextmanager
    def using(self, code):
        yield

    def __call__(self, text):
        frame = sys._getframe(1)
        for name in ("realname", "mlist.display_name"):
            if "${%s}" % name in text:
                value = eval(name, frame.f_globals, frame.f_locals)
                text = text.replace("${%s}" % name, value)
        return text


def handler(name):
    for place in PLACES:
        path = os.path.join(place, "mailman/handlers/%s.py" % name)
        if place and os.path.exists(path):
            break
    else:
        raise ImportError("Mailman's %s.py is not here" % name)
    for module in ("mailman mailman.archiving mailman.archiving.mailarchive "
                   "mailman.core mailman.core.i18n mailman.interfaces "
                   "mailman.interfaces.handler mailman.interfaces.mailinglist "
                   "mailman.interfaces.template mailman.utilities "
                   "mailman.utilities.string public zope zope.component "
                   "zope.interface").split():
        sys.modules[module] = Anything(module)
    sys.modules["mailman.core.i18n"]._ = Words()
    sys.modules["public"].public = lambda x: x
    spec = importlib.util.spec_from_file_location("mm_" + name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def new_list(charset="us-ascii"):
    return SimpleNamespace(
        preferred_language=SimpleNamespace(charset=charset, code="en"),
        display_name="Talk", subject_prefix="[Talk] ", post_id=7,
        posting_address="talk@list.example", anonymous_list=False,
        reply_goes_to_list=None, dmarc_mitigate_action=None,
        members=Thing(), nonmembers=Thing())


decorate = handler("decorate")
decorate.decorate = lambda name, mlist, more: (
    FOOTER if name.endswith("footer") else "")
dmarc = handler("dmarc")
prefix = handler("subject_prefix").SubjectPrefix()


def add_footer(msg, charset="us-ascii"):
    decorate.process(new_list(charset), msg, {})


def add_prefix(msg, charset="us-ascii"):
    prefix.process(new_list(charset), msg, {})


def munge_from(msg, charset="us-ascii"):
    dmarc.munge_from(new_list(charset), msg, {"original_sender": ""})
