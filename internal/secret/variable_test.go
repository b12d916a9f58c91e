package secret

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// forget makes a test begin and end without the values of variables.
func forget(t *testing.T) {
	t.Helper()
	reset := func() {
		expanding.Lock()
		defer expanding.Unlock()
		inOrder = nil
		expansions.Store(nil)
	}
	reset()
	t.Cleanup(reset)
}

// expand expands variables, "NAME=value", in a line.
func expand(line string, variables ...string) string {
	values := map[string]string{}
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		values[name] = value
	}
	return Expand(line, func(name string) (string, bool) { value, ok := values[name]; return value, ok })
}

// TestExpanded: the value of a variable that is in a URL is in none of the texts, wherever in
// the URL it is, and however it is spelled; the rest of the URL is.
func TestExpanded(t *testing.T) {
	for _, c := range []struct {
		line      string
		variables []string
		text      string // "" for the URL after it was expanded
		want      string // Text
	}{
		{"https://h.example/${TOKEN}/simple", []string{"TOKEN=s3cret"}, "", "https://h.example/${TOKEN}/simple"},
		{"https://h.example/$TOKEN/simple", []string{"TOKEN=s3cret"}, "", "https://h.example/${TOKEN}/simple"},
		{"https://h.example/${token}/simple", []string{"token=hunter"}, "", "https://h.example/${token}/simple"},
		{"https://h.example/${CORP}/simple", []string{"CORP=hunter"}, "", "https://h.example/${CORP}/simple"},
		{"https://h.example/${CORP}/simple", []string{"CORP=opensesame"}, "", "https://h.example/${CORP}/simple"},
		{"https://h.example/${CORP}/simple", []string{"CORP=opensesame"}, "GET https://files.example/opensesame/a.whl?x=opensesame#opensesame: 404", "GET https://files.example/${CORP}/a.whl?x=${CORP}#${CORP}: 404"},
		{"https://h.example/a/${X}", []string{"X=Zm9vYmFyYmF6"}, "the server returned Zm9vYmFyYmF6, not Zm9vYmFyYmF6x", "the server returned ${X}, not ${X}x"},
		{"https://h.example/r-${X}-s/simple", []string{"X=ab12cd34"}, "", "https://h.example/r-${X}-s/simple"},
		{"https://h.example/r-${TEAM}-s/simple", []string{"TEAM=blue"}, "", "https://h.example/r-${TEAM}-s/simple"},
		{"https://h.example/v1${TEAM}x/simple", []string{"TEAM=blue"}, "", "https://h.example/v1${TEAM}x/simple"},
		{"${BASE}${TEAM}/simple", []string{"BASE=https://h.example/v1", "TEAM=blue"}, "", "https://h.example/v1${TEAM}/simple"},
		{"https://h.example/simple?k=${CORP}", []string{"CORP=opensesame"}, "", "https://h.example/simple?k=${CORP}"},
		{"https://h.example/simple#k=${CORP}", []string{"CORP=opensesame"}, "", "https://h.example/simple#k=${CORP}"},
		{"https://h.example/simple;k=${CORP}", []string{"CORP=opensesame"}, "", "https://h.example/simple;k=${CORP}"},
		{"https://${USER}:${PW}@h.example/simple", []string{"USER=alice", "PW=opensesame1"}, "alice has opensesame1", "alice has ${PW}"},
		{"https://${PW}@h.example/simple", []string{"PW=opensesame1"}, "401 for opensesame1", "401 for ${PW}"},
		{"${BASE}/${TOKEN}/simple", []string{"BASE=https://h.example", "TOKEN=s3cret"}, "", "https://h.example/${TOKEN}/simple"},
		{"${BASE}/${CORP}/simple", []string{"BASE=https://h.example", "CORP=opensesame"}, "", "https://h.example/${CORP}/simple"},
		{"${INDEX_URL}", []string{"INDEX_URL=https://h.example/k3yk3yk3y/team/simple"}, "", "https://h.example/***/team/simple"},
		{"https://${BASE}/simple", []string{"BASE=h.example/k3yk3yk3y"}, "", "https://h.example/***/simple"},
		{"git+https://h.example/${CORP}/r.git@main", []string{"CORP=opensesame"}, "", "git+https://h.example/${CORP}/r.git@main"},
		{"https://h.example/${TOKEN}/simple", []string{"TOKEN=to ken/+é"}, "https://h.example/to%20ken/+%C3%A9/simple to%20ken%2F+%C3%A9 to+ken%2F%2B%C3%A9 and \"to ken/+é\"", "https://h.example/${TOKEN}/simple ${TOKEN} ${TOKEN} and \"${TOKEN}\""},
		{"https://h.example/${TOKEN}/simple", []string{"TOKEN=a%2Fb%20cdef"}, "https://h.example/a%2Fb%20cdef/x and a/b cdef", "https://h.example/${TOKEN}/x and ${TOKEN}"},
		{"https://h.example/${TOKEN}/simple", []string{"TOKEN= s3cret\n"}, "https://h.example/s3cret/x", "https://h.example/${TOKEN}/x"},
		{"https://h.example/${A_TOKEN}/${B_TOKEN}", []string{"A_TOKEN=abcdefgh", "B_TOKEN=abcdefghijkl"}, "", "https://h.example/${A_TOKEN}/${B_TOKEN}"},
		{"six==1.0 --hash=sha256:${TOKEN}", []string{"TOKEN=opensesame"}, "opensesame is no hash", "${TOKEN} is no hash"},

		// No secrets: the host, the user, what is no URL, and what is known to all.
		{"https://${HOST}/simple", []string{"HOST=h1.example"}, "", "https://h1.example/simple"},
		{"https://${HOST}:${PORT}/simple", []string{"HOST=h1.example", "PORT=8443"}, "", "https://h1.example:8443/simple"},
		{"https://${HOST}/${NAME}/simple", []string{"HOST=h1.example", "NAME=h1.example"}, "", "https://h1.example/h1.example/simple"},
		{"https://h.example/${KIND}", []string{"KIND=simple"}, "", "https://h.example/simple"},
		{"https://h.example/${TOKEN}", []string{"TOKEN=simple"}, "", "https://h.example/simple"},
		{"https://h.example/${TOKEN}", []string{"TOKEN=abc"}, "", "https://h.example/abc"},
		{"https://h.example/${PROJECT}/simple", []string{"PROJECT=1234567"}, "", "https://h.example/1234567/simple"},
		{"https://h.example/whl/${CUDA}", []string{"CUDA=cu118"}, "", "https://h.example/whl/cu118"},
		{"https://h.example/${RELEASE}/six.whl", []string{"RELEASE=v1.17.0"}, "", "https://h.example/v1.17.0/six.whl"},
		{"six==${SIX}", []string{"SIX=1.17.0+local12"}, "six 1.17.0+local12", "six 1.17.0+local12"},
		{"-r ${FOLDER}/base.txt", []string{"FOLDER=requirements"}, "requirements/base.txt", "requirements/base.txt"},
		{"--find-links file://${HOME}/wheels", []string{"HOME=/home/alice12"}, "file:///home/alice12/wheels", "file:///home/alice12/wheels"},
		{"https://h.example/${TEAM}/simple", []string{"TEAM=blue"}, "team blue in /home/blue and file:///blue", "team blue in /home/blue and file:///blue"},
		{"https://h.example/${REGION}/simple", []string{"REGION=eu-central-1"}, "published in eu-central-1", "published in eu-central-1"},
		{"https://h.example/${TEAM}/simple", []string{"TEAM=demo"}, "https://h.example/demo/demolition/a", "https://h.example/${TEAM}/demolition/a"},
	} {
		forget(t)
		text := expand(c.line, c.variables...)
		if c.text != "" {
			text = c.text
		}
		if got := Text(text); got != c.want {
			t.Errorf("%s: %s is shown as\n%s, want\n%s", c.line, text, got, c.want)
		}
		if once := Text(text); Text(once) != once {
			t.Errorf("%s: the second time, it is %s", once, Text(once))
		}
	}
}

func TestExpandedInURLs(t *testing.T) {
	forget(t)
	raw := expand("https://u:${PW}@h.example/${TOKEN}/simple?channel=${CHANNEL}", "PW=p4ssword", "TOKEN=s3cret", "CHANNEL=beta-channel")
	for name, c := range map[string]struct{ got, want string }{
		"Redact": {Redact(raw), "https://h.example/${TOKEN}/simple?***"},
		"Strip":  {Strip(raw), "https://u:${PW}@h.example/${TOKEN}/simple?channel=${CHANNEL}"},
		"Key":    {Key(raw), "https://h.example/s3cret/simple?channel=beta-channel"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", name, c.got, c.want)
		}
	}
	hide, longest := Hide([]string{"other"})
	if got := hide("p4ssword other"); got != "*** ***" || longest != len("p4ssword") {
		t.Errorf("Hide: %s, %d", got, longest)
	}
	shown := Redact(raw)
	if !Restores(shown, raw) || Restores(shown, "https://h.example/s3cret/other") || Restores("https://h.example/", raw) {
		t.Error("Restores in this process")
	}
	forget(t) // another process
	if !Restores(shown, raw) || Restores(shown, "https://h.example/s3cret/other") {
		t.Error("Restores in another process")
	}
}

// TestExpandedIsBounded: the values of many lock files are not kept forever.
func TestExpandedIsBounded(t *testing.T) {
	forget(t)
	for i := range mostExpansions + 10 {
		expand("https://h.example/${TOKEN}/simple", fmt.Sprintf("TOKEN=value-number-%04d", i))
	}
	if n := len(*expansions.Load()); n != mostExpansions {
		t.Errorf("%d values", n)
	}
	for value, hidden := range map[string]bool{"value-number-0009": false, "value-number-0010": true, "value-number-1009": true} {
		if Text(value) == value == hidden {
			t.Errorf("%s: hidden is %v", value, !hidden)
		}
	}
	expand("https://h.example/${TOKEN}/simple", "TOKEN="+strings.Repeat("x1", longestExpansion))
	if n := len((*expansions.Load())[0].forms[0]); n > longestExpansion {
		t.Errorf("a value of %d bytes is kept", n)
	}
}

func TestExpandIsLikeOS(t *testing.T) {
	forget(t)
	t.Setenv("SECRET_TEST_A", "abc")
	for _, text := range []string{"", "https://h/$SECRET_TEST_A", "https://h/${SECRET_TEST_A}x", "$SECRET_TEST_A$SECRET_TEST_A", "a$", "${}", "${a"} {
		if got, want := Expand(text, os.LookupEnv), os.ExpandEnv(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := Expand("${SECRET_TEST_UNSET}/$SECRET_TEST_UNSET", os.LookupEnv); got != "${SECRET_TEST_UNSET}/${SECRET_TEST_UNSET}" {
		t.Errorf("unset: %q", got)
	}
}
