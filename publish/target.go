package publish

import (
	"fmt"
	"strings"
)

// warnOfTarget adds a warning if the new version is for another runtime or architecture than
// the latest one, which breaks functions that always use the latest version. Targets have
// the form "python3.13/x86_64".
func (c *comparison) warnOfTarget() {
	record := c.stored.record
	if record == nil || record.Target == "" || c.w.copyOf != 0 || record.Target == c.w.Identity.Target {
		return
	}
	wasRuntime, wasArch, _ := strings.Cut(record.Target, "/")
	runtime, arch, _ := strings.Cut(c.w.Identity.Target, "/")
	var parts []string
	if runtime != wasRuntime {
		parts = append(parts, "{runtime}")
	}
	if arch != wasArch {
		parts = append(parts, "{arch}")
	}
	c.plan.Warnings = append(c.plan.Warnings,
		fmt.Sprintf("version %d of layer %s is for %s, but the new version is for %s; to keep both, include the target in the name: name = \"%s-%s\"",
			c.plan.Latest.Version, c.w.Layer, targetName(record.Target), targetName(c.w.Identity.Target), c.w.Layer, strings.Join(parts, "-")))
}

// targetName returns a target as it is written in sentences: "python3.13 on x86_64".
func targetName(target string) string { return strings.Replace(target, "/", " on ", 1) }
