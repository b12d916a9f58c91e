package store

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
)

func TestParsePrefix(t *testing.T) {
	for _, test := range []struct {
		uri  string
		want Prefix
	}{
		{"s3://bucket", Prefix{"bucket", ""}},
		{"s3://bucket/", Prefix{"bucket", ""}},
		{"s3://my.bucket-1/a/b", Prefix{"my.bucket-1", "a/b"}},
		{"s3://bucket/a/b/", Prefix{"bucket", "a/b"}},
		{"s3://1.2.3/x", Prefix{"1.2.3", "x"}},
		{"s3://" + strings.Repeat("b", 63), Prefix{strings.Repeat("b", 63), ""}},
	} {
		if got, err := ParsePrefix(test.uri); err != nil || got != test.want {
			t.Errorf("%s: got %+v, %v", test.uri, got, err)
		}
	}
	for _, uri := range []string{"", "bucket/prefix", "https://bucket", "s3:/bucket", "s3://", "s3:///prefix", "s3://b", "s3://bucket/a//b", "s3://bucket/../x", "s3://bucket/.", "s3://buc ket",
		"s3://My_Bucket", "s3://my_bucket/x", "s3://My-bucket", "s3://-bucket", "s3://bucket-", "s3://.bucket", "s3://a..b", "s3://192.168.1.10/x", "s3://" + strings.Repeat("b", 64), "s3://büro"} {
		if got, err := ParsePrefix(uri); fault.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0 {
			t.Errorf("%q: got %+v, %v", uri, got, err)
		}
	}
}

// TestParsePrefixSecret: no part of a password is in the error.
func TestParsePrefixSecret(t *testing.T) {
	for _, uri := range []string{"s3://u:s3cret@bucket/x", "s3://s3cret@bucket", "s3://s3cret:@bucket/", "s3://u:s3c%40ret@bucket/x"} {
		_, err := ParsePrefix(uri)
		if text := err.Error(); fault.KindOf(err) != fault.Usage || strings.Contains(text, "s3c") {
			t.Errorf("%q: %q", uri, text)
		}
	}
}

func TestHomeKey(t *testing.T) {
	if got := (Prefix{"bucket", "a/b"}).Key("layer/x"); got != "a/b/layer/x" {
		t.Error(got)
	}
	if got := (Prefix{"bucket", ""}).Key("layer/x"); got != "layer/x" {
		t.Error(got)
	}
}

func FuzzParsePrefix(f *testing.F) {
	f.Add("s3://bucket/layers/{layer}/")
	f.Add("s3://b/../..")
	f.Fuzz(func(t *testing.T, uri string) {
		p, err := ParsePrefix(uri)
		if err != nil {
			return
		}
		if strings.Contains(p.Bucket, "/") || !fs.ValidPath(p.Key("layer/x")) {
			t.Errorf("%q is %+v", uri, p)
		}
		if again, err := ParsePrefix("s3://" + p.Bucket + "/" + p.Path); err != nil || again != p {
			t.Errorf("%+v became %+v, %v", p, again, err)
		}
	})
}

func TestCheckSuggestsAName(t *testing.T) {
	for name, hint := range map[string]string{"my layer": "--name my-layer", "web.x86/64!": "--name web-x86-64", "größe": "--name gr--e"} {
		err := Check(Publication{Name: name})
		if hints := fault.Hints(err); len(hints) != 1 || !strings.HasSuffix(hints[0], hint) {
			t.Errorf("%s: hints %q", name, hints)
		}
	}
}
