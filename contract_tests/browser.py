"""A minimal browser for consent pages: it follows redirects, reads forms and submits them."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin

import httpx

REDIRECTS = frozenset({301, 302, 303, 307, 308})
NAVIGATION = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "accept": "text/html"}


class Form:
    """A form of a page: its action and method, its fields, and the options of its selections by their text."""

    def __init__(self, action: str, method: str) -> None:
        self.action = action
        self.method = method
        self.fields: dict[str, str] = {}
        self.options: dict[str, dict[str, str]] = {}


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, Form] = {}
        self._form: Form | None = None
        self._selection = ""
        self._option: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = self.forms[values["id"]] = Form(values["action"], values["method"])
        elif self._form is None:
            return
        elif tag == "input":
            self._form.fields[values["name"]] = values["value"]
        elif tag == "select":
            self._selection = values["name"]
            self._form.options[self._selection] = {}
        elif tag == "option":
            self._option = values["value"]
            if "selected" in values:
                self._form.fields[self._selection] = values["value"]

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._option is not None:
            self._form.options[self._selection][data] = self._option
            self._option = None


class Browser:
    """A browser that arrives from another site, and stops when it is redirected away from the server."""

    def __init__(self, server: str) -> None:
        self._site = httpx.URL(server).netloc
        self._client = httpx.Client(timeout=30, headers=NAVIGATION)
        self.url = ""
        self.page: httpx.Response | None = None
        self._from = "cross-site"

    def open(self, url: str) -> None:
        """Opens an address and follows redirects within the server."""
        self.url = url
        while httpx.URL(self.url).netloc == self._site:
            self.page = self._client.get(self.url, headers={"sec-fetch-site": self._from})
            if self.page.status_code not in REDIRECTS:
                return
            self.url = urljoin(self.url, self.page.headers["location"])
        self.page = None

    def form(self, name: str) -> Form:
        """A form of the current page, by its id."""
        assert self.page is not None
        assert self.page.status_code == 200, self.page.text
        forms = _Forms()
        forms.feed(self.page.text)
        return forms.forms[name]

    def submit(self, name: str, **choices: str) -> None:
        """Submits a form. `choices` selects options by their text, and fills in fields and buttons."""
        form = self.form(name)
        for field, text in choices.items():
            form.fields[field] = form.options[field][text] if field in form.options else text
        self._from = "same-origin"
        if form.method == "post":
            self._post(urljoin(self.url, form.action), form.fields)
        else:
            self.open(f"{form.action}?{urlencode(form.fields)}")

    def _post(self, url: str, fields: dict[str, str]) -> None:
        headers = {"sec-fetch-site": self._from, "origin": f"{httpx.URL(url).scheme}://{self._site.decode()}"}
        self.page, self.url = self._client.post(url, data=fields, headers=headers), url
        if self.page.status_code in REDIRECTS:
            self.open(urljoin(url, self.page.headers["location"]))

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()
