"""The TOML file: what is wrong with it is said in an operator's words, with what was probably meant and what is allowed."""

from pathlib import Path

import pytest

from settings.errors import ConfigurationError
from settings.toml_file import read_config
from storage.limits import MAX_TOKEN


def refusal(tmp_path: Path, toml: str) -> str:
    """Return the line with which a file of this text is refused."""
    file = tmp_path / "causerie.toml"
    file.write_text(toml, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        read_config(str(file), "'causerie.toml'")
    said = str(refused.value)
    assert said.isprintable()
    assert len(said) < 400
    assert "'causerie.toml'" in said
    return said


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[limit]\nqueue_cap = 5", "the file has an unknown key 'limit'. Did you mean 'limits'?"),
        ("[limits]\nqueue_capp = 5", "limits has an unknown key 'queue_capp'. Did you mean 'queue_cap'?"),
        ("[permissions.allow]\nguilds = [1]", "permissions.allow has an unknown key 'guilds'. The keys there are: servers, channels,"),
        ("queue_cap = 5", "the file has an unknown key 'queue_cap'. It belongs under [limits]."),
        ("[limits]\nrequests_per_s = 5", "limits has an unknown key 'requests_per_s'. It belongs under [discord]."),
        ("[limits]\ncontext_tokens = 5", "limits has an unknown key 'context_tokens'. It belongs under [[models]]."),
        ('[[models]]\nname = "m"\nprize_in = 1', "the model 'm' has an unknown key 'prize_in'. Did you mean 'price_in'?"),
        ('[limits]\nqueue_cap = "5"', "limits.queue_cap is '5'; it must be a whole number without quotes."),
        ("[limits]\nqueue_cap = 5.5", "limits.queue_cap is 5.5; it must be a whole number."),
        ("[limits]\nqueue_cap = true", "limits.queue_cap is true; it must be a whole number."),
        ("[limits]\nqueue_cap = []", "limits.queue_cap is []; it must be a whole number."),
        ("[limits]\nqueue_cap = 1979-05-27", "limits.queue_cap is datetime.date(1979, 5, 27); it must be a whole number."),
        ("[limits]\nqueue_cap = 0", "limits.queue_cap is 0; it must be from 1 to 1,000,000."),
        ("[limits]\nqueue_cap = 99999999999999999999", "it must be from 1 to 1,000,000."),
        ("[limits]\nmax_token = 999999999", "limits.max_token is 999999999; it must be from 1 to 128,000."),
        ("[discord]\nrequests_per_s = 0", "discord.requests_per_s is 0; it must be from 1 to 10,000."),
        ('[discord]\nmessage_content = "yes"', "discord.message_content is 'yes'; it must be true or false without quotes."),
        ('[[models]]\nname = "m"\napi = "respones"', "api of the model 'm' is 'respones'; it must be one of: "),
        ('[[models]]\nname = "m"\napi = "respones"', "Did you mean 'responses'?"),
        ('[[models]]\napi = "responses"', "[[models]] number 1 has no key 'name'."),
        ("[[models]]\nname = 3", "name of [[models]] number 1 is 3; it must be a text in quotes."),
        ('[[models]]\nname = "m"\nprice_cached = "1"', "price_cached of the model 'm' is '1'; it must be a number without quotes."),
        ('[[models]]\nname = "m"\nvision = "yes"', "vision of the model 'm' is 'yes'; it must be true or false without quotes."),
        ('[[models]]\nname = "m"\nshutdown_date = "soon"', "shutdown_date of the model 'm' is 'soon'; it must be a day such as 2027-01-14."),
        ('[[models]]\nname = "m"\nshutdown_date = 2027', "shutdown_date of the model 'm' is 2027; it must be a day such as 2027-01-14."),
        ('[[models]]\nname = "m"\nkind = "image"\nsizes = "auto"', "sizes of the model 'm' is 'auto'; it must be a list in [brackets]."),
        ('[[models]]\nname = "m"\nkind = "image"\nsizes = []', "sizes of the model 'm' is empty. Write what can be chosen, or remove the key."),
        ('[[models]]\nname = "m"\nefforts = [3]', "efforts of the model 'm', entry 1, is 3; it must be a text in quotes."),
        ('[voice]\nvoice = "alloy"', "voice has an unknown key 'voice'. It belongs under [[models]]."),
        ("[voice]\ntranscription = true", "voice.transcription is true; it must be a text in quotes."),
        ("[voice]\nrecording_s_max = -5", "voice.recording_s_max is -5; it must be from 1 to 86,400."),
        ("[limits]\nfile_mb = 501", "limits.file_mb is 501; it must be from 0 to 500."),
        ("[limits]\nfiles_mb = 5", "limits has an unknown key 'files_mb'. Did you mean 'file_mb'?"),
        ("[limits]\nfiles_mb_per_person = 1.5", "limits.files_mb_per_person is 1.5; it must be a whole number."),
        ('[models]\nname = "m"', "models must be written with two brackets: [[models]]."),
        ("[[limits]]\nqueue_cap = 5", "limits must be written with one bracket: [limits]."),
        ("limits = 5", "limits is 5; it must be a table that begins with a line [limits]."),
        ("[permissions]\nadmins = 1", "permissions.admins is 1; it must be a list in [brackets]."),
        ("[permissions]\nadmins = [5, 1.5]", "permissions.admins, entry 2, is 1.5; it must be an id"),
        ('[moderation]\ngate = "on"', "moderation.gate is 'on'; it must be one of: block, off, warn."),
        ("[moderation]\ngates = 1", "moderation has an unknown key 'gates'. Did you mean 'gate'?"),
        ('[budgets]\nscope = "user"', "budgets must be written with two brackets: [[budgets]]."),
        ('[[budgets]]\nscope = "usr"\nperiod = "day"', "scope of [[budgets]] number 1 is 'usr'; it must be one of: all, role, server, user."),
        ('[[budgets]]\nscope = "user"', "[[budgets]] number 1 has no key 'period'."),
        ('[[budgets]]\nscope = "user"\nperiod = "day"\ndollar = 5', "[[budgets]] number 1 has an unknown key 'dollar'. Did you mean 'dollars'?"),
        ('[[budgets]]\nscope = "user"\nperiod = "day"\ndollars = 0', "dollars of [[budgets]] number 1 is 0; it must be from 0.0001 to 1,000,000."),
        ('[[budgets]]\nscope = "user"\nperiod = "day"\ndollars = inf', "dollars of [[budgets]] number 1 is inf; it must be from 0.0001"),
        ('[[budgets]]\nscope = "user"\nperiod = "day"\ndollars = "5"', "is '5'; it must be a number without quotes."),
        ('[[budgets]]\nscope = "user"\nperiod = "day"\ntokens = 0', "it must be from 1 to 1,000,000,000,000."),
        ('[[budgets]]\nscope = "user"\nperiod = "day"\ntokens = 1.5', "tokens of [[budgets]] number 1 is 1.5; it must be a whole number."),
        ('[[budgets]]\nscope = "user"\nperiod = "day"\nid = 1.5', "id of [[budgets]] number 1 is 1.5; it must be an id"),
        ('"two\\nlines" = 1', "the file has an unknown key 'two\\nlines'."),
        ("x", "which is not TOML: Expected '=' after a key"),
        ("[limits]\nqueue_cap = 1\nqueue_cap = 2", "which is not TOML: Cannot overwrite a value"),
        (f"a = {'9' * 5_000}", "which is not TOML: a number in it has thousands of digits."),
        (f"a = {'[' * 3_000}", "which is not TOML: its brackets are nested too deeply."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_an_operators_words(tmp_path: Path, toml: str, said: str) -> None:
    """The key as the file has it, its value, what it takes, and the nearest name that there is."""
    assert said in refusal(tmp_path, toml)


def test_the_default_of_max_token_has_the_bounds_of_the_form(tmp_path: Path) -> None:
    """With a greater default, nobody could send the form that *Edit* opens without changing it."""
    file = tmp_path / "causerie.toml"
    file.write_text(f"[limits]\nmax_token = {MAX_TOKEN[-1]}")
    assert read_config(str(file), "'causerie.toml'").limits.max_token == MAX_TOKEN[-1]
    assert "from 1 to 128,000" in refusal(tmp_path, f"[limits]\nmax_token = {MAX_TOKEN[-1] + 1}")


def test_a_relative_path_is_said_with_the_folder_that_it_starts_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service starts in another folder than its operator."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=f"which does not exist in the folder '{tmp_path}'"):
        read_config("causerie.toml", "'causerie.toml'")
