package functions

import "testing"

func TestInWords(t *testing.T) {
	for want, settings := range map[string][]string{
		"code":                {"Code"},
		"memory size and VPC": {"MemorySize", "VpcConfig"},
		"environment variables and layers other than MyDeps": {"Environment", "layers other than MyDeps"},
		"architectures, code, and SnapStart":                 {"Architectures", "Code", "SnapStart"},
	} {
		if got := inWords(settings); got != want {
			t.Errorf("inWords(%q) = %q, want %q", settings, got, want)
		}
	}
}
