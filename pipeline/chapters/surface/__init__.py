"""How much of the plane of sizes and modalities a family covers, and whether derivatives follow."""
