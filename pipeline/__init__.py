"""The pipeline behind the report: snapshot of the Hugging Face Hub in, facts, figures and pages out."""
