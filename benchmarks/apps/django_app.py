"""Answer every scenario from Django, with the settings that `startproject` writes and DEBUG off, in one file.

The middleware checks CSRF; the three POST views are exempt, because a load generator has no token.
"""

import json

from django import forms
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from benchmarks.apps.answer import greeting
from benchmarks.apps.samples import ROWS, TEMPLATES, TITLE

settings.configure(
    DEBUG=False,
    SECRET_KEY="a key that signs nothing in this program",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [TEMPLATES],
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ],
            },
        },
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    STATIC_URL="static/",
)


class SearchForm(forms.Form):
    """Describe the query string."""

    q = forms.CharField()
    page = forms.IntegerField()


class NoteForm(forms.Form):
    """Describe the JSON body."""

    title = forms.CharField(max_length=100)
    body = forms.CharField()
    tags = forms.JSONField()
    stars = forms.IntegerField(min_value=0, max_value=5)

    def clean_tags(self) -> list[str]:
        tags = self.cleaned_data["tags"]
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise forms.ValidationError("Tags are a list of strings.")
        return tags


class ContactForm(forms.Form):
    """Describe the form post."""

    name = forms.CharField()
    email = forms.CharField()
    city = forms.CharField()
    stars = forms.CharField()
    message = forms.CharField()


def show(request: HttpRequest) -> HttpResponse:
    return JsonResponse(greeting())


def user(request: HttpRequest, id: int) -> HttpResponse:
    search = SearchForm(request.GET)
    if not search.is_valid():
        return JsonResponse(search.errors, status=400)
    return JsonResponse({"id": id, **search.cleaned_data})


def page(request: HttpRequest) -> HttpResponse:
    return render(request, "page.html", {"title": TITLE, "rows": ROWS})


@csrf_exempt
@require_POST
def add_note(request: HttpRequest) -> HttpResponse:
    note = NoteForm(json.loads(request.body))
    if not note.is_valid():
        return JsonResponse(note.errors, status=422)
    return JsonResponse(note.cleaned_data)


@csrf_exempt
@require_POST
def form(request: HttpRequest) -> HttpResponse:
    contact = ContactForm(request.POST)
    if not contact.is_valid():
        return JsonResponse(contact.errors, status=422)
    fields = contact.cleaned_data
    return HttpResponse(
        f"{fields['name']} <{fields['email']}>, {fields['city']}: {fields['stars']}, {len(fields['message'])}"
    )


@csrf_exempt
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.FILES["file"].size))


urlpatterns = [
    path("", show),
    path("users/<int:id>", user),
    path("page", page),
    path("note", add_note),
    path("form", form),
    path("upload", upload),
]

app = get_wsgi_application()
