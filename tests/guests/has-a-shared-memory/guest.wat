;; Declares a memory shared between threads
(component (core module (memory 1 2 shared)))
