"""Several people in one draft: the shared document, its updates as rows, and the socket."""
