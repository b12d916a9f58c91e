package resolve

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
)

// boto3 requires botocore, which requires urllib3 and jmespath; httpx requires urllib3.
func TestExclude(t *testing.T) {
	needs := func(names ...string) string {
		return "dependencies = [{ name = \"" + strings.Join(names, "\" }, { name = \"") + "\" }]"
	}
	l := read(t, "uv.lock", uvLock("", needs("boto3", "httpx"),
		pure("boto3", "1", needs("botocore")), pure("botocore", "1", needs("urllib3", "jmespath", "plain")),
		pure("urllib3", "2"), pure("jmespath", "1"), pure("plain", "1", needs("jmespath")), pure("httpx", "1", needs("urllib3"))))
	for _, test := range []struct {
		exclude    []string
		kept, note string
	}{
		{nil, "boto3 botocore httpx jmespath plain urllib3", ""},
		{[]string{"boto3"}, "botocore httpx jmespath plain urllib3", "botocore, jmespath, plain"},
		{[]string{"Boto3+"}, "httpx urllib3", ""},
		{[]string{"boto3+", "httpx"}, "urllib3", ""},
		{[]string{"boto3", "botocore"}, "httpx jmespath plain urllib3", "jmespath, plain"},
		{[]string{"boto3", "botocore", "jmespath", "plain"}, "httpx urllib3", ""},
		{[]string{"plain"}, "boto3 botocore httpx jmespath urllib3", "botocore requires it"},
		{[]string{"urllib3"}, "boto3 botocore httpx jmespath plain", ""}, // the runtime has it
		{[]string{"absent+"}, "boto3 botocore httpx jmespath plain urllib3", `"absent+"`},
	} {
		o := Options{Selection: Selection{Exclude: test.exclude}}
		r, err := Resolve(context.Background(), l, targetOf(t, "python3.13/x86_64"), o, nil)
		if err != nil {
			t.Fatal(err)
		}
		var kept []string
		for _, d := range r.Distributions {
			kept = append(kept, d.Name)
		}
		notes := strings.Join(r.Notes, "\n")
		if got := strings.Join(kept, " "); got != test.kept || (notes == "") != (test.note == "") || !strings.Contains(notes, test.note) {
			t.Errorf("%q: kept %s, want %s; notes %q, want %q", test.exclude, got, test.kept, notes, test.note)
		}
		x, err := Explain(l, targetOf(t, "python3.13/x86_64"), o)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range l.Packages {
			if p.Name != "app" && x.Excluded[i] == strings.Contains(" "+test.kept+" ", " "+p.Name+" ") {
				t.Errorf("%q: %s is explained as excluded: %v", test.exclude, p.Name, x.Excluded[i])
			}
		}
	}

	flat := read(t, "requirements.txt", "boto3==1 --hash="+sha("a")+"\nbotocore==1 --hash="+sha("a")+"\n")
	x, err := Explain(flat, targetOf(t, "python3.13/x86_64"), Options{Selection: Selection{Exclude: []string{"boto3"}}})
	if err != nil {
		t.Fatal(err)
	}
	if note, err := x.checkExclude("boto3"); err != nil || !strings.Contains(note, `["boto3", "botocore"]`) {
		t.Errorf("a lock file without requirements: %q, %v", note, err)
	}
	if only, stated := x.OnlyFor("botocore"); stated || !slices.Equal(only, []string{"botocore"}) {
		t.Errorf("only for botocore: %q, %v", only, stated)
	}
	_, err = Resolve(context.Background(), flat, targetOf(t, "python3.13/x86_64"), Options{Selection: Selection{Exclude: []string{"boto3+"}}}, nil)
	if catalogue.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0 {
		t.Errorf("a lock file without requirements: %v", err)
	}
}
