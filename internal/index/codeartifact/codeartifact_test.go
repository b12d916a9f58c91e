package codeartifact

import (
	"net/url"
	"testing"
)

func TestFromURL(t *testing.T) {
	const host = "my-domain-111122223333.d.codeartifact.eu-central-1.amazonaws.com"
	want := Repository{Domain: "my-domain", Owner: "111122223333", Region: "eu-central-1", Name: "python"}
	tests := map[string]bool{
		"https://" + host + "/pypi/python/simple/":                                         true,
		"https://" + host + ":443/pypi/python/simple/demo/1.0/demo.whl":                    true,
		"https://" + host + ".cn/pypi/python/simple/":                                      true,
		"http://" + host + "/pypi/python/simple/":                                          false, // the token would travel in the clear
		"https://" + host + "/npm/python/":                                                 false,
		"https://" + host + "/":                                                            false,
		"https://" + host + ".evil.example/pypi/python/simple/":                            false, // somebody else's server
		"https://my-domain-111122223333.d.codeartifact.x.evil.example/pypi/python/simple/": false,
		"https://evil.example/" + host + "/pypi/python/simple/":                            false,
	}
	for raw, ok := range tests {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		got, is := FromURL(u)
		if is != ok || ok && got != want {
			t.Errorf("%s: %+v, %v", raw, got, is)
		}
	}
}
