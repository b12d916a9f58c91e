package pep508

import "testing"

func TestWithout(t *testing.T) {
	for _, c := range []struct{ marker, want string }{
		{"'dev' in dependency_groups", ""},
		{"('dev' in dependency_groups) and (python_version >= '3.10')", `python_version >= "3.10"`},
		{"sys_platform == 'win32' and 'dev' in dependency_groups", `sys_platform == "win32"`},
		{"sys_platform == 'win32' or 'dev' in dependency_groups", ""},
		{"'dev' in dependency_groups or sys_platform == 'win32'", ""},
		{"'dev' not in dependency_groups and 'x' in extras and os_name == 'nt'", `os_name == "nt"`},
		{"os_name == 'a' or 'dev' in dependency_groups and os_name == 'b' and os_name == 'c'", `os_name == "a" or os_name == "b" and os_name == "c"`},
		{"os_name == 'a' and ('dev' in dependency_groups or os_name == 'b')", `os_name == "a"`},
		{"os_name == 'a' and ('dev' in dependency_groups and (os_name == 'b' or os_name == 'c'))", `os_name == "a" and (os_name == "b" or os_name == "c")`},
		{"extra == 'x' and os_name == 'a'", `extra == "x" and os_name == "a"`},
	} {
		m, err := ParseMarker(c.marker)
		if err != nil {
			t.Fatal(err)
		}
		before := m.String()
		if got := m.Without("dependency_groups", "extras").String(); got != c.want {
			t.Errorf("%s: %q, want %q", c.marker, got, c.want)
		}
		if m.String() != before {
			t.Errorf("%s was changed to %s", before, m)
		}
	}
	if !(Marker{}).Without("extra").Empty() {
		t.Error("of a marker that always holds nothing else can be left")
	}
}
