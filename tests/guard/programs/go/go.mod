module guardprogram

go 1.24
