package output

// Doctor is the result of `lamella doctor`. A problem or warning is absent if there is none.
type Doctor struct {
	Problems       []Error           `json:"problems"` // everything that would make a deploy fail; each problem also appears at the item that it concerns
	Runtime        DoctorRuntime     `json:"runtime"`
	Lock           DoctorLock        `json:"lock"`
	Size           DoctorSize        `json:"size"`
	Cache          DoctorCache       `json:"cache"`
	Indexes        []DoctorIndex     `json:"indexes"`
	IndexesProblem *Error            `json:"indexes_problem,omitempty"` // why the indexes are unknown
	AWS            DoctorAWS         `json:"aws"`
	Destination    DoctorDestination `json:"destination"`
	Tools          []DoctorProgram   `json:"tools"`    // uv, pip, Poetry, and keyring
	Pythons        []DoctorProgram   `json:"pythons"`  // Python interpreters
	Engines        []DoctorProgram   `json:"engines"`  // container engines
	Builders       []DoctorBuilder   `json:"builders"` // ways to build the layer
}

// DoctorRuntime is the Lambda runtime.
type DoctorRuntime struct {
	Name    string `json:"name"`
	Warning string `json:"warning,omitempty"` // says that the runtime is deprecated, blocked, or a preview
}

// DoctorLock is the project's lock file.
type DoctorLock struct {
	Path    string `json:"path,omitempty"`
	Problem *Error `json:"problem,omitempty"`
	Warning *Error `json:"warning,omitempty"` // says that the lock file is out of date with its project
}

// DoctorSize is how large the layer is, as far as that is known without a download.
type DoctorSize struct {
	Exact    bool   `json:"exact"`         // whether all wheels are in the cache
	Unzipped int64  `json:"unzipped"`      // bytes of the layer's files if exact, otherwise of the wheels in the cache
	Zip      int64  `json:"zip,omitempty"` // bytes of the zip, if exact
	Limit    int64  `json:"limit"`         // bytes that a function's code and its layers may have unzipped
	Missing  int    `json:"missing"`       // wheels that are not in the cache
	Problem  *Error `json:"problem,omitempty"`
}

// DoctorCache is the cache of wheels on this machine.
type DoctorCache struct {
	Path    string `json:"path,omitempty"`
	Problem *Error `json:"problem,omitempty"`
}

// DoctorDestination is where the layer goes.
type DoctorDestination struct {
	To     string        `json:"to,omitempty"` // the configured destination; absent if there is none
	Checks []DoctorCheck `json:"checks"`       // in the order of a deploy, without checks that depend on a failed one
}

// DoctorCheck is one thing that was tried at the destination, without changing anything.
type DoctorCheck struct {
	Name    string `json:"name"`            // "folder", "destination", "bucket", "versioning" or a permission: "s3:PutObject"
	Found   string `json:"found,omitempty"` // what the check found, such as the bucket or the latest version
	Problem *Error `json:"problem,omitempty"`
}

// DoctorIndex is a package index.
type DoctorIndex struct {
	Name        string `json:"name,omitempty"`
	URL         string `json:"url,omitempty"`         // without user and password
	Asked       bool   `json:"asked"`                 // the index is used for packages without an index in the lock file
	Credentials string `json:"credentials,omitempty"` // the source of the credentials, without the credentials themselves
	Problem     *Error `json:"problem,omitempty"`
}

// DoctorAWS is the identity that signs requests to AWS.
type DoctorAWS struct {
	Region      string `json:"region,omitempty"`
	Credentials string `json:"credentials,omitempty"` // the source of the credentials
	Account     string `json:"account,omitempty"`     // 12 digits
	Identity    string `json:"identity,omitempty"`    // ARN of the user or role
	Problem     *Error `json:"problem,omitempty"`
}

// DoctorProgram is a program on this machine.
type DoctorProgram struct {
	Name    string `json:"name"`
	Path    string `json:"path,omitempty"` // absent if not installed
	Version string `json:"version,omitempty"`
	Problem *Error `json:"problem,omitempty"`
}

// DoctorBuilder is a builder at a place, and why it would not work there.
type DoctorBuilder struct {
	Builder string `json:"builder"`
	Where   string `json:"where"` // "here" or "in a container"
	Problem *Error `json:"problem,omitempty"`
}
