package functions

import "testing"

func TestInWords(t *testing.T) {
	for want, settings := range map[string][]string{
		"code":                {"Code"},
		"memory size and VPC": {"MemorySize", "VpcConfig"},
		"environment variables and other layers (all except MyDeps)": {"Environment", "other layers (all except MyDeps)"},
		"architectures, code, and SnapStart":                         {"Architectures", "Code", "SnapStart"},
	} {
		if got := inWords(settings); got != want {
			t.Errorf("inWords(%q) = %q, want %q", settings, got, want)
		}
	}
}
